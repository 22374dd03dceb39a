"""What a lead auditor opens with: contradictions between registers that take a minute to find and a year to explain."""

import re
from datetime import date, timedelta

from sqlalchemy import func, or_, select

from assistant.assurance.auditing import cycle
from assistant.assurance.plant import seen_by
from assistant.assurance.readiness.check import HOURS, MAJOR, OBSERVATION, Both, Outcome, Proof, check
from assistant.assurance.readiness.look import LINKS, Look, nothing, table, told
from knowledge import controls
from knowledge.registers import REGISTERS, DocumentVersion
from knowledge.registers.audits import AUDIT_TYPES

PLACE, TITLE = 11, Both("What a lead auditor opens with", "Womit ein leitender Auditor beginnt")
_OLD = re.compile(r"\bA\.(?:9|1[0-8])\.\d{1,2}\.\d{1,2}\b")
_SAY_CONTROLS = (("control_status", "how"), ("risk", "existing_controls"), ("risk", "justification"))
"""Texts that say by which controls something is done. What a finding says of another paper is no citation of its own."""
_PLANNED_BEFORE = 90
"""Days before the last day of an audit's window by which its date should stand."""


@check(
    ("Does each control that counts as implemented have evidence?", "Hat jedes als umgesetzt geltende Control einen Nachweis?"),
    ("Controls implemented without evidence", "Controls ohne Nachweis als umgesetzt geführt"),
    ("Link evidence, or set the status back to what can be shown.", "Nachweis verknüpfen oder den Stand auf das Belegbare zurücksetzen."),
    requirement="6.1.3 7.5.3",
    items="SR-155",
    weight=MAJOR,
)
def implemented_controls_have_evidence(look: Look) -> Outcome:
    status = look.of("control_status")
    by_control = status.id.in_(
        select(func.replace(LINKS.to_id, f"{controls.ISO_2022}:", "")).where(
            LINKS.kind == "evidence.control", LINKS.from_id.in_(look.ids("evidence"))
        )
    )
    return look.judge(
        "control_status",
        status.implementation_status == "implemented",
        status.applicable.is_not(False),
        gaps=[
            (
                ~look.names("control_status", "evidence") & ~by_control,
                Both("implemented, no evidence", "umgesetzt, kein Nachweis"),
            )
        ],
        good=Both("has evidence, checked on {last_checked}", "hat Nachweis, geprüft am {last_checked}"),
    )


@check(
    ("Was each applicable control checked in the last 12 months?", "Wurde jedes anwendbare Control in den letzten zwölf Monaten geprüft?"),
    ("Controls never checked, or not for a year", "Controls nie oder seit einem Jahr nicht geprüft"),
    (
        "Check the control where the work is done and record day, result and evidence.",
        "Das Control am Ort der Arbeit prüfen und Tag, Ergebnis und Nachweis erfassen.",
    ),
    requirement="9.1 A.5.36",
    items="SR-063 SR-194",
)
def controls_checked_in_12_months(look: Look) -> Outcome:
    status = look.of("control_status")
    return look.judge(
        "control_status",
        status.applicable.is_not(False),
        gaps=[
            (
                func.lower(status.check_result).startswith("not ok"),
                Both("{check_result}, {last_checked}", "{check_result}, {last_checked}"),
            )
        ],
        stale=[(status.last_checked < look.ago(), Both("last checked on {last_checked}", "zuletzt geprüft am {last_checked}"))],
        unknown=[(status.last_checked.is_(None), Both("never checked", "nie geprüft"))],
        good=Both("checked on {last_checked}", "geprüft am {last_checked}"),
    )


@check(
    (
        "Do documents, findings and evidence cite the edition in force rather than that of 2013?",
        "Zitieren Dokumente, Feststellungen und Nachweise die gültige Ausgabe statt der von 2013?",
    ),
    ("Ids of the withdrawn edition of 2013 in use", "Nummern der zurückgezogenen Ausgabe von 2013 in Gebrauch"),
    (
        "Replace the id by its successor (annexa ask names it) with the next version.",
        "Die Nummer mit der nächsten Version durch ihren Nachfolger ersetzen (annexa ask nennt ihn).",
    ),
    requirement="6.1.3 7.5.2",
    items="SR-033",
    weight=OBSERVATION,
    effort=HOURS,
)
def ids_of_the_edition_in_force(look: Look) -> Outcome:
    version, document = table(DocumentVersion).c, look.of("document")
    approved = (look.seen("document"), version.number == document.number, version.current, version.state == "approved")
    old = or_(*(version.text.contains(f"A.{n}.") for n in range(9, 19)))
    texts = look.session.execute(
        select(document.number, document.title, version.text).where(*approved, old).order_by(document.number)
    ).all()
    proof = [
        Proof("document", number, Both(f"{title}: cites {', '.join(ids)}", f"{title}: zitiert {', '.join(ids)}"), "gap")
        for number, title, text in texts
        if (ids := _withdrawn(text))
    ]
    proof += [Proof(name, id_, Both(f"{id_}: cites {cited}", f"{id_}: zitiert {cited}"), "gap") for name, id_, cited in _cited(look)]
    rows = look.count("document", look.version("state") == "approved") + look.count("finding") + look.count("evidence")
    if not rows:
        return nothing(REGISTERS["document"])
    if proof:
        return Outcome(
            "no",
            Both(f"{len(proof)} places cite the edition of 2013", f"{len(proof)} Stellen zitieren die Ausgabe von 2013"),
            tuple(proof[:10]),
            rows,
            len(proof),
        )
    some = (
        look.rows("document", look.version("state") == "approved", limit=3)
        or look.rows("finding", limit=3)
        or look.rows("evidence", limit=3)
    )
    good = tuple(told(REGISTERS[row.about.name], row, Both("cites no id of 2013", "zitiert keine Nummer von 2013"), "good") for row in some)
    return Outcome(
        "yes",
        Both(f"{rows} documents and rows looked at, none cites 2013", f"{rows} Dokumente und Zeilen angesehen, keine zitiert 2013"),
        good,
        rows,
    )


def _withdrawn(text: str) -> list[str]:
    known = controls.catalogue()
    return [id_ for id_ in dict.fromkeys(_OLD.findall(text)) if known.get(controls.ISO_2013, id_) and not known.get("iso42001", id_)][:5]


def _cited(look: Look) -> list[tuple[str, str, str]]:
    """(register, row, ids) of 2013 that findings and evidence name, and that stand in texts of the SoA and of risks."""
    out = []
    for name, column in (("finding", "requirement"), ("evidence", "control")):
        wanted = select(LINKS.from_id, LINKS.to_id).where(
            LINKS.kind == f"{name}.{column}",
            LINKS.from_id.in_(look.ids(name)),
            or_(LINKS.to_id.startswith("A."), LINKS.to_id.startswith(controls.ISO_2013)),
        )
        out += [
            (name, id_, to.rpartition(":")[2])
            for id_, to in look.session.execute(wanted.order_by(LINKS.from_id).limit(50))
            if to.startswith(controls.ISO_2013) or _withdrawn(to)
        ]
    for name, column in _SAY_CONTROLS:
        text = look.of(name)[column]
        some = look.rows(name, or_(*(text.contains(f"A.{n}.") for n in range(9, 19))), limit=50)
        out += [
            (name, str(getattr(row, REGISTERS[name].id_name)), ", ".join(ids))
            for row in some
            if (ids := _withdrawn(str(getattr(row, column))))
        ]
    return list(dict.fromkeys(out))


@check(
    (
        "Has each AI system that may write to a PLC human oversight and an assessment with safety?",
        "Hat jedes KI-System, das in eine SPS schreiben darf, menschliche Aufsicht und eine Beurteilung mit der Arbeitssicherheit?",
    ),
    (
        "AI system that may write to a PLC without oversight or safety assessment",
        "KI-System darf ohne Aufsicht oder Safety-Beurteilung in eine SPS schreiben",
    ),
    (
        "Switch the write access off until a person confirms each value or the safety case allows it; then record both.",
        "Den Schreibzugriff abschalten, bis ein Mensch jeden Wert bestätigt oder der Sicherheitsnachweis ihn erlaubt; dann beides erfassen.",
    ),
    requirement="A.8.27 A.5.8 iso42001:A.5.2 iso42001:A.9.2",
    items="SR-027",
    weight=MAJOR,
    role="Safety officer",
)
def plc_writers_overseen(look: Look) -> Outcome:
    system = look.of("ai_system")
    open_ = or_(system.impact_assessment == "", func.lower(system.impact_assessment).startswith("open"))
    return look.judge(
        "ai_system",
        system.lifecycle_phase.not_in(("idea", "design", "development", "retired")),
        gaps=[
            (
                system.writes_plc.is_(True) & (system.human_oversight == ""),
                Both("{name}: may write to a PLC, no human oversight", "{name}: darf in eine SPS schreiben, keine Aufsicht"),
            ),
            (
                system.writes_plc.is_(True) & open_,
                Both("{name}: may write to a PLC, no safety assessment", "{name}: darf in eine SPS schreiben, keine Safety-Beurteilung"),
            ),
            (
                system.writes_plc.is_(True) & (system.autonomy == "autonomous"),
                Both("{name}: writes to a PLC without a person", "{name}: schreibt ohne Menschen in eine SPS"),
            ),
        ],
        unknown=[
            (
                system.writes_plc.is_(None),
                Both("{name}: whether it may write to a PLC is not recorded", "{name}: nicht erfasst, ob es in eine SPS schreiben darf"),
            ),
            (
                system.writes_plc.is_(True) & system.safety_function.is_(None),
                Both(
                    "{name}: whether it has a safety function is not recorded", "{name}: nicht erfasst, ob es eine Sicherheitsfunktion hat"
                ),
            ),
        ],
        good=Both(
            "{name}: reviewed on {last_review}; oversight: {human_oversight}; impact: {impact_assessment}",
            "{name}: geprüft am {last_review}; Aufsicht: {human_oversight}; Folgen: {impact_assessment}",
        ),
    )


@check(
    (
        "Is the next audit of the certification body agreed, inside its window?",
        "Ist das nächste Audit der Zertifizierungsstelle vereinbart, innerhalb seines Fensters?",
    ),
    (
        "Audit of the certification body without a date, or past its window",
        "Audit der Zertifizierungsstelle ohne Termin oder außerhalb des Fensters",
    ),
    (
        "Agree on a date with the certification body today; after the window it may suspend the certificate.",
        "Heute einen Termin mit der Zertifizierungsstelle vereinbaren; nach dem Fenster kann sie das Zertifikat aussetzen.",
    ),
    requirement="9.2.1",
    weight=MAJOR,
    effort=HOURS,
)
def certification_audits_in_their_window(look: Look) -> Outcome:
    plant = seen_by(look.session, look.actor, look.context)
    windows = cycle.windows(cycle.facts(plant), look.today).windows
    if not windows:
        return nothing(REGISTERS["certificate"])
    late = [one for one in windows if _unplanned(one, look.today)]
    proof = tuple(_window_said(look, one, "gap" if one in late else "good") for one in late or windows if late or one.audit)
    if late:
        said = Both("; ".join(one.said.en for one in proof), "; ".join(one.said.de for one in proof))
        return Outcome("no", said, proof, len(windows), len(late))
    if not proof:
        return Outcome(
            "not_checked", Both("No audit is planned; none has to be yet", "Kein Audit geplant; noch muss keines sein"), rows=len(windows)
        )
    return Outcome("yes", proof[-1].said, proof, len(windows))


def _unplanned(window: cycle.Window, today: date) -> bool:
    """Whether the audit is past its window or its day, or has none though the window ends soon."""
    soon = window.latest is not None and window.latest <= today + timedelta(days=_PLANNED_BEFORE)
    return window.state in ("overdue", "past") or (window.state == "due" and soon)


def _window_said(look: Look, window: cycle.Window, kind: str) -> Proof:
    en, de = AUDIT_TYPES[window.type].label("en"), AUDIT_TYPES[window.type].label("de")
    day = window.planned
    told_en, told_de = (f"planned {day}", f"geplant {day}") if day else ("no date", "kein Termin")
    said = Both(f"{en}: {told_en}, has to be by {window.latest}", f"{de}: {told_de}, muss bis {window.latest} sein")
    return Proof("audit" if window.audit else "", window.audit or window.type, said, kind)
