"""What a lead auditor opens with: contradictions between registers that take a minute to find and a year to explain."""

import re

from sqlalchemy import func, or_, select

from assistant.assurance.readiness.check import HOURS, MAJOR, OBSERVATION, Both, Outcome, Proof, check
from assistant.assurance.readiness.look import LINKS, Look, nothing, table, told
from knowledge import controls
from knowledge.registers import REGISTERS, DocumentVersion

PLACE, TITLE = 11, Both("What a lead auditor opens with", "Womit ein leitender Auditor beginnt")
_OLD = re.compile(r"\bA\.(?:9|1[0-8])\.\d{1,2}\.\d{1,2}\b")


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
    """(register, row, id) for ids of 2013 that findings and evidence name."""
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
    return out


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
