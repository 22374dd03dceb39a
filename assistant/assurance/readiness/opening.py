"""What a lead auditor opens with: contradictions between registers that take a minute to find and a year to explain."""

import re

from sqlalchemy import func, or_, select

from assistant.assurance.readiness.check import HOURS, MAJOR, OBSERVATION, Both, Outcome, Proof, check
from assistant.assurance.readiness.look import Look, nothing, told
from knowledge import controls
from knowledge.registers import REGISTERS, DocumentVersion, Link

PLACE, TITLE = 7, Both("What a lead auditor opens with", "Womit ein leitender Auditor beginnt")
_WEAK = ("not relevant", "n/a", "na", "-", "none", "not applicable", "nicht relevant", "entfällt", "keine")
_SHORTEST_REASON = 20
_OLD = re.compile(r"\bA\.(?:9|1[0-8])\.\d{1,2}\.\d{1,2}\b")


@check(
    ("Was the Statement of Applicability looked at after the newest risk assessment?", "Wurde die Erklärung zur Anwendbarkeit nach der jüngsten Risikobeurteilung angesehen?"),
    ("Statement of Applicability older than the risk register", "Erklärung zur Anwendbarkeit älter als das Risikoregister"),
    ("Compare the controls of each new treatment with the SoA, change what differs, and note the day of the comparison.",
     "Die Controls jeder neuen Behandlung mit der SoA vergleichen, Abweichendes ändern und den Tag festhalten."),
    requirement="6.1.3 8.3", items="SR-113", weight=MAJOR,
)  # fmt: skip
def statement_in_step_with_risks(look: Look) -> Outcome:
    risk, status = look.of("risk"), look.of("control_status")
    checked = look.first("control_status", status.last_checked.is_not(None), order=status.last_checked.desc())
    assessed = look.first("risk", risk.assessed_on.is_not(None), risk.assessed_on <= look.today, order=risk.assessed_on.desc())
    if checked is None or assessed is None:
        return nothing(REGISTERS["risk" if assessed is None else "control_status"])
    current = checked.last_checked >= assessed.assessed_on
    kind = "good" if current else "gap"
    proof = (
        told(REGISTERS["control_status"], checked, Both("{id}: the SoA was last checked on {last_checked}", "{id}: die SoA wurde zuletzt am {last_checked} geprüft"), kind),
        told(REGISTERS["risk"], assessed, Both("{name}: the newest assessment is of {assessed_on}", "{name}: die jüngste Bewertung ist vom {assessed_on}"), kind),
    )
    said = Both(f"SoA checked on {checked.last_checked}, risks assessed on {assessed.assessed_on}", f"SoA geprüft am {checked.last_checked}, Risiken bewertet am {assessed.assessed_on}")
    return Outcome("yes" if current else "no", said, proof, 2, 0 if current else 1)


@check(
    ("Does each control that counts as implemented have evidence?", "Hat jedes als umgesetzt geltende Control einen Nachweis?"),
    ("Controls implemented without evidence", "Controls ohne Nachweis als umgesetzt geführt"),
    ("Link evidence, or set the status back to what can be shown.", "Nachweis verknüpfen oder den Stand auf das Belegbare zurücksetzen."),
    requirement="6.1.3 7.5.3", items="SR-155", weight=MAJOR,
)  # fmt: skip
def implemented_controls_have_evidence(look: Look) -> Outcome:
    status = look.of("control_status")
    by_control = status.id.in_(
        select(func.replace(Link.to_id, f"{controls.ISO_2022}:", "")).where(Link.kind == "evidence.control", Link.from_id.in_(look.ids("evidence")))  # type: ignore[attr-defined]
    )
    return look.judge(
        "control_status", status.implementation_status == "implemented", status.applicable.is_not(False),
        gaps=[(~look.names("control_status", "evidence") & ~by_control, Both("{id}: implemented, no evidence", "{id}: umgesetzt, kein Nachweis"))],
        good=Both("{id}: has evidence, checked on {last_checked}", "{id}: hat Nachweis, geprüft am {last_checked}"),
    )  # fmt: skip


@check(
    ("Was each applicable control checked in the last 12 months?", "Wurde jedes anwendbare Control in den letzten zwölf Monaten geprüft?"),
    ("Controls never checked, or not for a year", "Controls nie oder seit einem Jahr nicht geprüft"),
    ("Check the control where the work is done and record day, result and evidence.", "Das Control am Ort der Arbeit prüfen und Tag, Ergebnis und Nachweis erfassen."),
    requirement="9.1 A.5.36", items="SR-063 SR-194",
)  # fmt: skip
def controls_checked_in_12_months(look: Look) -> Outcome:
    status = look.of("control_status")
    return look.judge(
        "control_status", status.applicable.is_not(False),
        gaps=[(func.lower(status.check_result).startswith("not ok"), Both("{id}: {check_result}, {last_checked}", "{id}: {check_result}, {last_checked}"))],
        stale=[(status.last_checked < look.ago(), Both("{id}: last checked on {last_checked}", "{id}: zuletzt geprüft am {last_checked}"))],
        unknown=[(status.last_checked.is_(None), Both("{id}: never checked", "{id}: nie geprüft"))],
        good=Both("{id}: checked on {last_checked}", "{id}: geprüft am {last_checked}"),
    )  # fmt: skip


@check(
    ("Do documents, findings and evidence cite the edition in force rather than that of 2013?", "Zitieren Dokumente, Feststellungen und Nachweise die gültige Ausgabe statt der von 2013?"),
    ("Ids of the withdrawn edition of 2013 in use", "Nummern der zurückgezogenen Ausgabe von 2013 in Gebrauch"),
    ("Replace the id by its successor (annexa ask names it) with the next version.", "Die Nummer mit der nächsten Version durch ihren Nachfolger ersetzen (annexa ask nennt ihn)."),
    requirement="6.1.3 7.5.2", items="SR-033", weight=OBSERVATION, effort=HOURS,
)  # fmt: skip
def ids_of_the_edition_in_force(look: Look) -> Outcome:
    version, document = DocumentVersion.__table__.c, look.of("document")  # type: ignore[attr-defined]
    approved = (look.seen("document"), version.number == document.number, version.current, version.state == "approved")
    old = or_(*(version.text.contains(f"A.{n}.") for n in range(9, 19)))
    texts = look.session.execute(select(document.number, document.title, version.text).where(*approved, old).order_by(document.number)).all()
    proof = [
        Proof("document", number, Both(f"{number} {title}: cites {', '.join(ids)}", f"{number} {title}: zitiert {', '.join(ids)}"), "gap")
        for number, title, text in texts if (ids := _withdrawn(text))
    ]  # fmt: skip
    proof += [Proof(name, id_, Both(f"{id_}: cites {cited}", f"{id_}: zitiert {cited}"), "gap") for name, id_, cited in _cited(look)]
    rows = look.count("document", look.version("state") == "approved") + look.count("finding") + look.count("evidence")
    if not rows:
        return nothing(REGISTERS["document"])
    if proof:
        return Outcome("no", Both(f"{len(proof)} places cite the edition of 2013", f"{len(proof)} Stellen zitieren die Ausgabe von 2013"), tuple(proof[:10]), rows, len(proof))
    some = look.rows("document", look.version("state") == "approved", limit=3) or look.rows("finding", limit=3) or look.rows("evidence", limit=3)
    good = tuple(told(REGISTERS[row.about.name], row, Both("cites no id of 2013", "zitiert keine Nummer von 2013"), "good") for row in some)
    return Outcome("yes", Both(f"{rows} documents and rows looked at, none cites 2013", f"{rows} Dokumente und Zeilen angesehen, keine zitiert 2013"), good, rows)


def _withdrawn(text: str) -> list[str]:
    known = controls.catalogue()
    return [id_ for id_ in dict.fromkeys(_OLD.findall(text)) if known.get(controls.ISO_2013, id_) and not known.get("iso42001", id_)][:5]


def _cited(look: Look) -> list[tuple[str, str, str]]:
    """(register, row, id) for ids of 2013 that findings and evidence name."""
    out = []
    for name, column in (("finding", "requirement"), ("evidence", "control")):
        wanted = select(Link.from_id, Link.to_id).where(
            Link.kind == f"{name}.{column}", Link.from_id.in_(look.ids(name)), or_(Link.to_id.startswith("A."), Link.to_id.startswith(controls.ISO_2013))  # type: ignore[attr-defined]
        )  # fmt: skip
        out += [(name, id_, to.rpartition(":")[2]) for id_, to in look.session.execute(wanted.order_by(Link.from_id).limit(50)) if to.startswith(controls.ISO_2013) or _withdrawn(to)]
    return out


@check(
    ("Is data masking (A.8.11) applied where images or data show people?", "Wird Datenmaskierung (A.8.11) angewandt, wo Bilder oder Daten Menschen zeigen?"),
    ("A.8.11 excluded though images show workers", "A.8.11 ausgeschlossen, obwohl Bilder Beschäftigte zeigen"),
    ("Take A.8.11 into the SoA: blur faces before an image leaves the cell, and say how it is checked.", "A.8.11 in die SoA aufnehmen: Gesichter vor dem Verlassen der Zelle unkenntlich machen, und sagen, wie das geprüft wird."),
    requirement="6.1.3 A.8.11 A.5.34", items="SR-113 SR-016", weight=MAJOR, role="Data protection officer",
)  # fmt: skip
def masking_where_people_are_shown(look: Look) -> Outcome:
    status, asset = look.of("control_status"), look.of("asset")
    masking = look.first("control_status", status.id == "A.8.11", status.applicable.is_not(None))
    if masking is None:
        return nothing(REGISTERS["control_status"])
    if masking.applicable:
        proof = told(REGISTERS["control_status"], masking, Both("{id} applies, checked on {last_checked}: {how}", "{id} gilt, geprüft am {last_checked}: {how}"), "good")
        return Outcome("yes", proof.said, (proof,), 1)
    return look.judge(
        "asset", asset.asset_class.in_(("training_dataset", "production_ai_model", "edge_ai_device", "data_storage", "information")),
        gaps=[(asset.personal_data.is_(True), Both("{name}: holds personal data, and A.8.11 is excluded", "{name}: enthält personenbezogene Daten, und A.8.11 ist ausgeschlossen"))],
        unknown=[(asset.personal_data.is_(None), Both("{name}: whether it shows people is not recorded", "{name}: nicht erfasst, ob es Menschen zeigt"))],
        good=Both("{name}: shows no people", "{name}: zeigt keine Menschen"),
    )  # fmt: skip


@check(
    ("Does each exclusion of the SoA give a reason that fits the scope?", "Nennt jeder Ausschluss der SoA einen Grund, der zum Geltungsbereich passt?"),
    ("Controls excluded with a weak reason", "Controls mit schwachem Grund ausgeschlossen"),
    ("Say what there is not in the scope and how that was found; where it is there after all, include the control.",
     "Sagen, was es im Geltungsbereich nicht gibt und wie das festgestellt wurde; gibt es das doch, das Control aufnehmen."),
    requirement="6.1.3", items="SR-113", effort=HOURS,
)  # fmt: skip
def exclusions_fit_the_scope(look: Look) -> Outcome:
    status, path = look.of("control_status"), look.of("access_path")
    weak = or_(func.lower(status.exclusion_reason).in_(_WEAK), func.length(status.exclusion_reason) < _SHORTEST_REASON)
    dial_in = look.count("access_path", path.kind == "remote") > 0
    remote = [((status.id == "A.6.7"), Both("{id}: excluded though there is remote access", "{id}: ausgeschlossen, obwohl es Fernzugriff gibt"))] if dial_in else []
    return look.judge(
        "control_status", status.applicable.is_(False),
        gaps=[*remote, (weak, Both("{id}: “{exclusion_reason}”", "{id}: „{exclusion_reason}“"))],
        good=Both("{id}: {exclusion_reason}", "{id}: {exclusion_reason}"),
    )  # fmt: skip


@check(
    ("Is each acceptance of a risk still valid for the state that was accepted?", "Gilt jede Akzeptanz eines Risikos noch, für den akzeptierten Stand?"),
    ("Accepted risks whose acceptance has expired or is void", "Akzeptierte Risiken mit abgelaufener oder ungültiger Akzeptanz"),
    ("Have the risk owner look at the risk as it is today and accept it anew, or treat it.", "Das Risiko in seinem heutigen Stand neu akzeptieren oder behandeln lassen."),
    requirement="6.1.3 8.3", items="SR-091", weight=MAJOR, effort=HOURS,
)  # fmt: skip
def acceptances_valid(look: Look) -> Outcome:
    risk, acceptance = look.of("risk"), look.computed("risk", "acceptance")
    return look.judge(
        "risk", risk.accepted_at.is_not(None),
        gaps=[(acceptance == "expired", Both("{name}: acceptance expired on {acceptance_expires}", "{name}: Akzeptanz abgelaufen am {acceptance_expires}")),
              (acceptance == "void", Both("{name}: changed since it was accepted on {accepted_at}", "{name}: geändert seit der Akzeptanz am {accepted_at}"))],
        unknown=[(risk.acceptance_expires.is_(None), Both("{name}: accepted on {accepted_at} without an end", "{name}: akzeptiert am {accepted_at} ohne Ende"))],
        good=Both("{name}: accepted on {accepted_at} until {acceptance_expires}", "{name}: akzeptiert am {accepted_at} bis {acceptance_expires}"),
    )  # fmt: skip


@check(
    ("Has every risk an owner?", "Hat jedes Risiko eine verantwortliche Person?"),
    ("Risks without an owner", "Risiken ohne verantwortliche Person"),
    ("Name whoever has power and budget over the process, not the administrator.", "Die Person benennen, die Macht und Mittel über den Ablauf hat, nicht die Administration."),
    requirement="6.1.2", items="SR-048 SR-208", weight=MAJOR, effort=HOURS,
)  # fmt: skip
def risks_have_owners(look: Look) -> Outcome:
    risk = look.of("risk")
    return look.judge(
        "risk",
        gaps=[(risk.owner.is_(None), Both("{name}: nobody owns it", "{name}: niemand ist verantwortlich"))],
        unknown=[(~risk.owner.in_(look.ids("person")), Both("{name}: its owner is no longer listed", "{name}: die verantwortliche Person wird nicht mehr geführt"))],
        good=Both("{name}: owned, assessed on {assessed_on}", "{name}: verantwortet, bewertet am {assessed_on}"),
    )  # fmt: skip


@check(
    ("Has each AI system that may write to a PLC human oversight and an assessment with safety?", "Hat jedes KI-System, das in eine SPS schreiben darf, menschliche Aufsicht und eine Beurteilung mit der Arbeitssicherheit?"),
    ("AI system that may write to a PLC without oversight or safety assessment", "KI-System darf ohne Aufsicht oder Safety-Beurteilung in eine SPS schreiben"),
    ("Switch the write access off until a person confirms each value or the safety case allows it; then record both.",
     "Den Schreibzugriff abschalten, bis ein Mensch jeden Wert bestätigt oder der Sicherheitsnachweis ihn erlaubt; dann beides erfassen."),
    requirement="A.8.27 A.5.8 iso42001:A.5.2 iso42001:A.9.2", items="SR-027", weight=MAJOR, role="Safety officer",
)  # fmt: skip
def plc_writers_overseen(look: Look) -> Outcome:
    system = look.of("ai_system")
    open_ = or_(system.impact_assessment == "", func.lower(system.impact_assessment).startswith("open"))
    return look.judge(
        "ai_system", system.lifecycle_phase.not_in(("idea", "design", "development", "retired")),
        gaps=[(system.writes_plc.is_(True) & (system.human_oversight == ""), Both("{name}: may write to a PLC, no human oversight", "{name}: darf in eine SPS schreiben, keine Aufsicht")),
              (system.writes_plc.is_(True) & open_, Both("{name}: may write to a PLC, no safety assessment", "{name}: darf in eine SPS schreiben, keine Safety-Beurteilung")),
              (system.writes_plc.is_(True) & (system.autonomy == "autonomous"), Both("{name}: writes to a PLC without a person", "{name}: schreibt ohne Menschen in eine SPS"))],
        unknown=[(system.writes_plc.is_(None), Both("{name}: whether it may write to a PLC is not recorded", "{name}: nicht erfasst, ob es in eine SPS schreiben darf")),
                 (system.safety_function.is_(None), Both("{name}: whether it has a safety function is not recorded", "{name}: nicht erfasst, ob es eine Sicherheitsfunktion hat"))],
        good=Both("{name}: reviewed on {last_review}; oversight: {human_oversight}; impact: {impact_assessment}", "{name}: geprüft am {last_review}; Aufsicht: {human_oversight}; Folgen: {impact_assessment}"),
    )  # fmt: skip


@check(
    ("Is each remote and privileged way in inside its time, and does it ask for a second factor?", "Ist jeder Fern- und privilegierte Zugang innerhalb seiner Zeit und verlangt einen zweiten Faktor?"),
    ("Remote or privileged access expired or without a second factor", "Fern- oder privilegierter Zugriff abgelaufen oder ohne zweiten Faktor"),
    ("Close what has expired today; put the rest behind the jump host with a second factor.", "Abgelaufenes heute schließen; den Rest hinter den Sprungserver mit zweitem Faktor setzen."),
    requirement="A.5.18 A.8.2 A.8.5 A.6.7", items="SR-094 SR-095 SR-143", weight=MAJOR, effort=HOURS, role="OT security engineer",
)  # fmt: skip
def ways_in_are_controlled(look: Look) -> Outcome:
    path = look.of("access_path")
    return look.judge(
        "access_path", path.kind.in_(("remote", "privileged")),
        gaps=[(path.expires_on < look.today, Both("{name}: ended on {expires_on}", "{name}: endete am {expires_on}")),
              (path.mfa.is_(False), Both("{name}: without a second factor", "{name}: ohne zweiten Faktor")),
              (path.approver.is_(None), Both("{name}: nobody approved it", "{name}: niemand genehmigte ihn"))],
        stale=[(path.last_review < look.ago(), Both("{name}: last reviewed on {last_review}", "{name}: zuletzt geprüft am {last_review}"))],
        unknown=[(path.mfa.is_(None), Both("{name}: second factor not recorded", "{name}: zweiter Faktor nicht erfasst")),
                 (path.expires_on.is_(None), Both("{name}: end not recorded", "{name}: Ende nicht erfasst"))],
        good=Both("{name}: second factor, until {expires_on}, reviewed on {last_review}", "{name}: zweiter Faktor, bis {expires_on}, geprüft am {last_review}"),
    )  # fmt: skip
