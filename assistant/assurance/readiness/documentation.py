"""The checklist's part on documents: current, as practised, with records, and the AI policies in place."""

from dataclasses import replace

from sqlalchemy import func, or_, select

from assistant.assurance.readiness.check import DAYS, MAJOR, WEEKS, Both, Outcome, Proof, check
from assistant.assurance.readiness.look import Look, nothing
from assistant.assurance.readiness.required import MANDATORY, OF_AI, of_kind, papers, person_of, standing
from knowledge.registers import REGISTERS

PLACE, TITLE = 1, Both("Documentation", "Dokumentation")


@check(
    ("Is every approved document inside its review date?", "Liegt jedes freigegebene Dokument innerhalb seiner Prüffrist?"),
    ("Documents past their review date", "Dokumente über ihrer Prüffrist"),
    (
        "Have each owner review the document and approve it again, or withdraw it.",
        "Jedes Dokument durch seine verantwortliche Person prüfen und neu freigeben lassen, oder es zurückziehen.",
    ),
    requirement="7.5.2 7.5.3 A.5.37",
    items="SR-153",
)
def documents_inside_their_review(look: Look) -> Outcome:
    due = look.version("next_review")
    owners = {one.number: one.owner for one in papers(look)}
    found = look.judge(
        "document",
        look.version("state") == "approved",
        also={"due": due, "version": look.version("version")},
        gaps=[
            (
                due < look.today,
                Both("{title} {version}: review was due on {due}", "{title} {version}: Prüfung war am {due} fällig"),
            )
        ],
        unknown=[(due.is_(None), Both("{title} {version}: no review date", "{title} {version}: keine Prüffrist"))],
        good=Both("{title} {version}: next review {due}", "{title} {version}: nächste Prüfung {due}"),
    )
    owned = tuple(Proof(one.register, one.id, one.said, one.kind, person_of(look, owners.get(one.id, ""))) for one in found.proof)
    return replace(found, proof=owned)


@check(
    ("Are the documents that the clauses demand there and approved?", "Sind die von den Kapiteln verlangten Dokumente da und freigegeben?"),
    ("Mandatory documents missing or not in force", "Pflichtdokumente fehlen oder gelten nicht"),
    (
        "Draft what is missing (annexa draft types lists the types), and have it approved by somebody other than its author.",
        "Fehlendes entwerfen (annexa draft types nennt die Typen) und von jemand anderem als der verfassenden Person freigeben lassen.",
    ),
    requirement="4.3 5.2 6.1.2 6.1.3 7.5.1",
    items="SR-109 SR-110 SR-111",
    weight=MAJOR,
    effort=WEEKS,
)
def mandatory_documents_in_force(look: Look) -> Outcome:
    return standing(look, MANDATORY)


@check(
    ("Is an AI security policy approved and in force?", "Ist eine Richtlinie zur Sicherheit von KI freigegeben und in Kraft?"),
    ("No AI security policy in force", "Keine Richtlinie zur Sicherheit von KI in Kraft"),
    (
        "Draft the AI security policy, have top management approve it, and bring it to everybody who works with AI.",
        "Die KI-Richtlinie entwerfen, von der obersten Leitung freigeben lassen und allen bekannt machen, die mit KI arbeiten.",
    ),
    requirement="5.2 A.5.1 iso42001:A.2.2",
    items="SR-114 SR-156",
    weight=MAJOR,
    effort=WEEKS,
    role="AI governance lead",
)
def ai_policy_in_force(look: Look) -> Outcome:
    return standing(look, ("DOC-044",))


@check(
    (
        "Are all policies and procedures that AI needs in force, from development to incidents?",
        "Gelten alle Richtlinien und Verfahren, die KI braucht, von der Entwicklung bis zum Vorfall?",
    ),
    ("AI-specific policies or procedures missing", "KI-spezifische Richtlinien oder Verfahren fehlen"),
    (
        "Write and approve each missing one; until then say in writing which rule stands in for it.",
        "Jedes fehlende schreiben und freigeben; bis dahin schriftlich sagen, welche Regel an seiner Stelle gilt.",
    ),
    requirement="A.5.1 A.5.37 A.8.25 A.8.32 iso42001:A.2.2",
    items="SR-117 SR-118 SR-119 SR-120 SR-121 SR-122 SR-123 SR-166",
    effort=WEEKS,
    role="AI governance lead",
)
def ai_documents_in_force(look: Look) -> Outcome:
    return standing(look, OF_AI)


@check(
    (
        "Was each procedure walked through in the last 12 months, and does practice match?",
        "Wurde jedes Verfahren in den letzten zwölf Monaten begangen, und stimmt die Praxis?",
    ),
    (
        "Procedures that practice does not match, or that nobody has walked through",
        "Verfahren, denen die Praxis nicht folgt oder die niemand begangen hat",
    ),
    (
        "Walk through the procedure with the people who work by it; where practice differs, change one of the two and record which.",
        "Das Verfahren mit den Ausführenden begehen; wo die Praxis abweicht, eins von beiden ändern und festhalten, welches.",
    ),
    requirement="7.5.1 8.1 A.5.36 A.5.37",
    items="SR-154",
)
def procedures_match_practice(look: Look) -> Outcome:
    documents, walks = look.of("document"), look.of("walk_through")
    title = func.lower(documents.title)
    procedures = or_(
        *(documents.number.contains(part) for part in ("-PRO-", "-WI-", "VA-", "AA-", "SOP")),
        *(title.contains(word) for word in ("procedure", "instruction", "verfahren", "anweisung")),
    )
    last = (
        select(func.max(walks.walked_on))
        .where(walks.document == documents.number, look.seen("walk_through"))
        .correlate(documents.number.table)
        .scalar_subquery()
    )
    differs = look.ids("walk_through", walks.matches.is_(False), walks.walked_on >= look.ago()).with_only_columns(walks.document)
    walked = look.ids("walk_through").with_only_columns(walks.document)
    return look.judge(
        "document",
        look.version("state") == "approved",
        or_(procedures, documents.number.in_(walked)),
        also={"walked": last},
        gaps=[
            (
                documents.number.in_(differs),
                Both(
                    "{title}: the walk-through of {walked} found that practice differs",
                    "{title}: die Begehung vom {walked} fand eine abweichende Praxis",
                ),
            )
        ],
        stale=[(last < look.ago(), Both("{title}: last walked through on {walked}", "{title}: zuletzt begangen am {walked}"))],
        unknown=[(last.is_(None), Both("{title}: no walk-through recorded", "{title}: keine Begehung erfasst"))],
        good=Both("{title}: walked through on {walked}, practice matches", "{title}: begangen am {walked}, Praxis stimmt"),
    )


@check(
    (
        "Has each implemented control evidence that is still valid and can be opened?",
        "Hat jedes umgesetzte Control einen gültigen Nachweis, der sich öffnen lässt?",
    ),
    ("Controls whose evidence is out of date or leads nowhere", "Controls mit abgelaufenem oder unauffindbarem Nachweis"),
    (
        "Collect fresh evidence for the control, with the date that it supports and a link or file.",
        "Neuen Nachweis für das Control beschaffen, mit dem Datum, das er belegt, und Link oder Datei.",
    ),
    requirement="7.5.3 8.1 9.1",
    items="SR-155",
)
def records_show_compliance(look: Look) -> Outcome:
    status, evidence = look.of("control_status"), look.of("evidence")
    valid = or_(evidence.expires_on.is_(None), evidence.expires_on >= look.today)
    opens = or_(evidence.link != "", evidence.file_hash != "")
    any_ = look.names("control_status", "evidence")
    return look.judge(
        "control_status",
        status.applicable.is_not(False),
        status.implementation_status == "implemented",
        any_,
        gaps=[
            (
                ~look.names("control_status", "evidence", opens),
                Both("its evidence has neither link nor file", "Nachweis ohne Link und Datei"),
            )
        ],
        stale=[
            (
                ~look.names("control_status", "evidence", valid),
                Both("all of its evidence has expired", "alle Nachweise sind abgelaufen"),
            ),
            (status.last_checked < look.ago(), Both("last checked on {last_checked}", "zuletzt geprüft am {last_checked}")),
        ],
        unknown=[(status.last_checked.is_(None), Both("never checked", "nie geprüft"))],
        good=Both("valid evidence, checked on {last_checked}", "gültiger Nachweis, geprüft am {last_checked}"),
    )


@check(
    (
        "Do the incident procedures say for AI how to stop, fall back, keep evidence, tell the customer and restart?",
        "Sagen die Vorfallverfahren für KI, wie man anhält, ausweicht, Beweise sichert, den Kunden unterrichtet und wieder anfährt?",
    ),
    ("AI incident procedure incomplete", "Verfahren für KI-Vorfälle unvollständig"),
    (
        "Add the missing step to the procedure, so that a shift lead can follow it at night, and try it in an exercise.",
        "Den fehlenden Schritt ergänzen, sodass eine Schichtleitung ihm nachts folgen kann, und ihn üben.",
    ),
    requirement="A.5.24 A.5.26 A.5.28 iso42001:A.8.4",
    items="SR-117 SR-172",
    role="Incident manager",
)
def ai_incident_procedure_is_complete(look: Look) -> Outcome:
    if not papers(look):
        return nothing(REGISTERS["document"])
    found = [one for one in of_kind(look, "DOC-047") if one.state == "approved"]
    if not found:
        return standing(look, ("DOC-047",))
    texts = {one.number: _text(look, one.number) for one in found}
    if not any(texts.values()):
        return Outcome(
            "not_checked", Both("The text of the procedure is not loaded", "Der Text des Verfahrens ist nicht geladen"), rows=len(found)
        )
    missing = [said for words, said in _STEPS if not any(word in text for text in texts.values() for word in words)]
    first = found[0]
    if not missing:
        said = Both(
            f"{first.number} {first.version}: all {len(_STEPS)} steps are described, next review {first.next_review or '–'}",
            f"{first.number} {first.version}: alle {len(_STEPS)} Schritte beschrieben, nächste Prüfung {first.next_review or '–'}",
        )
        return Outcome("yes", said, (Proof("document", first.number, said, "good", person_of(look, first.owner)),), len(found))
    said = Both(
        f"{first.number} says nothing about: {', '.join(one.en for one in missing)}",
        f"{first.number} schweigt zu: {', '.join(one.de for one in missing)}",
    )
    return Outcome("no", said, (Proof("document", first.number, said, "gap", person_of(look, first.owner)),), len(found), len(missing))


def _text(look: Look, number: str) -> str:
    wanted = select(look.version("text")).where(look.of("document").number == number, look.seen("document"))
    return str(look.session.execute(wanted).scalar() or "").casefold()


_STEPS = (
    (("stop rule", "stop the", "switch off", "anhalten", "stoppen", "abschalten"), Both("stopping", "Anhalten")),
    (("fallback", "fall back", "manual", "roll back", "rollback", "rückfall", "von hand", "manuell"), Both("falling back", "Ausweichen")),
    (("evidence", "preserve", "log extract", "secure the", "beweis", "sichern"), Both("evidence", "Beweise")),
    (("customer", "kunde"), Both("telling the customer", "Unterrichtung des Kunden")),
    (("restart", "resume", "release again", "wieder anfahren", "wiederanlauf", "neustart"), Both("restarting", "Wiederanfahren")),
    (("hours", "minutes", "stunden", "minuten"), Both("time limits", "Zeitgrenzen")),
    (("artificial", " ai ", "ai-", "model", "modell", " ki", "ki-"), Both("AI", "KI")),
)
"""What the procedure has to speak of, and words by which it does."""


@check(
    ("Did the people concerned confirm the policies by their day?", "Haben die Betroffenen die Richtlinien fristgerecht bestätigt?"),
    ("Acknowledgements overdue", "Kenntnisnahmen überfällig"),
    (
        "Remind those who are named, and give shifts without a screen a list to sign.",
        "Die Genannten erinnern; Schichten ohne Bildschirm eine Liste geben.",
    ),
    requirement="5.2 7.3 A.5.1 A.6.3",
    items="SR-110",
    effort=DAYS,
    role="HR",
)
def policies_acknowledged(look: Look) -> Outcome:
    said = look.of("acknowledgement")
    return look.judge(
        "acknowledgement",
        said.document.in_(look.ids("document")),
        or_(said.done_on.is_not(None), said.due_date < look.today),
        gaps=[
            (
                said.done_on.is_(None) & (said.due_date < look.today),
                Both(
                    "{document} {version}: due on {due_date}, not confirmed", "{document} {version}: fällig am {due_date}, nicht bestätigt"
                ),
            )
        ],
        good=Both(
            "{document} {version}: confirmed on {done_on}, due {due_date}",
            "{document} {version}: bestätigt am {done_on}, fällig {due_date}",
        ),
    )
