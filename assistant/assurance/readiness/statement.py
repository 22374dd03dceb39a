"""Risks and the Statement of Applicability: complete, in step with each other, and honestly excluded."""

from sqlalchemy import func, or_, select

from assistant.assurance.readiness.check import HOURS, MAJOR, Both, Outcome, Proof, check
from assistant.assurance.readiness.look import LINKS, Look, nothing, told
from knowledge import controls
from knowledge.registers import REGISTERS

PLACE, TITLE = 8, Both("Risks and Statement of Applicability", "Risiken und Erklärung zur Anwendbarkeit")
_WEAK = ("not relevant", "n/a", "na", "-", "none", "not applicable", "nicht relevant", "entfällt", "keine")
_SHORTEST_REASON = 20


@check(
    (
        "Does the Statement of Applicability decide on all 93 controls, each with its reason?",
        "Entscheidet die Erklärung zur Anwendbarkeit über alle 93 Controls, jedes mit Begründung?",
    ),
    ("Statement of Applicability incomplete", "Erklärung zur Anwendbarkeit unvollständig"),
    (
        "Decide on each missing control, and give the reason for inclusion or exclusion.",
        "Über jedes fehlende Control entscheiden und den Grund für Aufnahme oder Ausschluss angeben.",
    ),
    requirement="6.1.3",
    items="SR-113",
    weight=MAJOR,
)
def statement_of_applicability_is_complete(look: Look) -> Outcome:
    status = look.of("control_status")
    reason = or_(status.justification != "", status.exclusion_reason != "")
    known = {row[0] for row in look.session.execute(look.ids("control_status"))}
    missing = [one.id for one in controls.catalogue().entries(controls.ISO_2022, "control") if one.id not in known]
    found = look.judge(
        "control_status",
        gaps=[
            (status.applicable.is_(None), Both("nobody has decided whether it applies", "nicht entschieden, ob es gilt")),
            (~reason, Both("decided without a reason", "ohne Begründung entschieden")),
        ],
        good=Both("decided with a reason, checked on {last_checked}", "mit Begründung entschieden, geprüft am {last_checked}"),
    )
    if not found.rows or not missing:
        return found
    said = Both(f"{len(missing)} of the 93 controls have no line", f"{len(missing)} der 93 Controls fehlen in der Erklärung")
    lines = tuple(Proof("", one, Both(f"{one}: no line", f"{one}: keine Zeile"), "gap") for one in missing[:10])
    return Outcome("no", said, (*lines, *(one for one in found.proof if one.kind == "gap")), 93, len(missing) + found.short)


@check(
    (
        "Does each applicable control name a reason that is traceable: a risk, a law or a contract?",
        "Nennt jedes anwendbare Control einen nachvollziehbaren Grund: ein Risiko, ein Gesetz oder einen Vertrag?",
    ),
    ("Controls without a traceable reason", "Controls ohne nachvollziehbaren Grund"),
    (
        "Link the risk or obligation that the control answers to, or say that it is good practice.",
        "Das Risiko oder die Verpflichtung verknüpfen, der das Control dient, oder gute Praxis angeben.",
    ),
    requirement="6.1.3",
    items="SR-002",
    effort=HOURS,
)
def controls_have_a_reason(look: Look) -> Outcome:
    status = look.of("control_status")
    return look.judge(
        "control_status",
        status.applicable.is_(True),
        gaps=[(status.justification == "", Both("no reason for inclusion", "kein Grund der Aufnahme"))],
        good=Both("included because of {justification}", "aufgenommen wegen {justification}"),
    )


@check(
    (
        "Was the Statement of Applicability looked at after the newest risk assessment?",
        "Wurde die Erklärung zur Anwendbarkeit nach der jüngsten Risikobeurteilung angesehen?",
    ),
    ("Statement of Applicability older than the risk register", "Erklärung zur Anwendbarkeit älter als das Risikoregister"),
    (
        "Compare the controls of each new treatment with the SoA, change what differs, and note the day of the comparison.",
        "Die Controls jeder neuen Behandlung mit der SoA vergleichen, Abweichendes ändern und den Tag festhalten.",
    ),
    requirement="6.1.3 8.3",
    items="SR-113",
    weight=MAJOR,
)
def statement_in_step_with_risks(look: Look) -> Outcome:
    risk, status = look.of("risk"), look.of("control_status")
    checked = look.first("control_status", status.last_checked.is_not(None), order=status.last_checked.desc())
    assessed = look.first("risk", risk.assessed_on.is_not(None), risk.assessed_on <= look.today, order=risk.assessed_on.desc())
    if checked is None or assessed is None:
        return nothing(REGISTERS["risk" if assessed is None else "control_status"])
    current = checked.last_checked >= assessed.assessed_on
    kind = "good" if current else "gap"
    proof = (
        told(
            REGISTERS["control_status"],
            checked,
            Both("the SoA was last checked on {last_checked}", "die SoA wurde zuletzt am {last_checked} geprüft"),
            kind,
        ),
        told(
            REGISTERS["risk"],
            assessed,
            Both("{name}: the newest assessment is of {assessed_on}", "{name}: die jüngste Bewertung ist vom {assessed_on}"),
            kind,
        ),
    )
    said = Both(
        f"SoA checked on {checked.last_checked}, risks assessed on {assessed.assessed_on}",
        f"SoA geprüft am {checked.last_checked}, Risiken bewertet am {assessed.assessed_on}",
    )
    return Outcome("yes" if current else "no", said, proof, 2, 0 if current else 1)


@check(
    (
        "Is data masking (A.8.11) applied where images or data show people?",
        "Wird Datenmaskierung (A.8.11) angewandt, wo Bilder oder Daten Menschen zeigen?",
    ),
    ("A.8.11 excluded though images show workers", "A.8.11 ausgeschlossen, obwohl Bilder Beschäftigte zeigen"),
    (
        "Take A.8.11 into the SoA: blur faces before an image leaves the cell, and say how it is checked.",
        "A.8.11 in die SoA aufnehmen: Gesichter vor dem Verlassen der Zelle unkenntlich machen, und sagen, wie das geprüft wird.",
    ),
    requirement="6.1.3 A.8.11 A.5.34",
    items="SR-113 SR-016",
    weight=MAJOR,
    role="Data protection officer",
)
def masking_where_people_are_shown(look: Look) -> Outcome:
    status, asset = look.of("control_status"), look.of("asset")
    masking = look.first("control_status", status.id == "A.8.11", status.applicable.is_not(None))
    if masking is None:
        return nothing(REGISTERS["control_status"])
    if masking.applicable:
        proof = told(
            REGISTERS["control_status"],
            masking,
            Both("{id} applies, checked on {last_checked}: {how}", "{id} gilt, geprüft am {last_checked}: {how}"),
            "good",
        )
        return Outcome("yes", proof.said, (proof,), 1)
    return look.judge(
        "asset",
        asset.asset_class.in_(("training_dataset", "production_ai_model", "edge_ai_device", "data_storage", "information")),
        gaps=[
            (
                asset.personal_data.is_(True),
                Both(
                    "{name}: holds personal data, and A.8.11 is excluded",
                    "{name}: enthält personenbezogene Daten, und A.8.11 ist ausgeschlossen",
                ),
            )
        ],
        unknown=[
            (
                asset.personal_data.is_(None),
                Both("{name}: whether it shows people is not recorded", "{name}: nicht erfasst, ob es Menschen zeigt"),
            )
        ],
        good=Both("{name}: shows no people", "{name}: zeigt keine Menschen"),
    )


@check(
    (
        "Does each exclusion of the SoA give a reason that fits the scope?",
        "Nennt jeder Ausschluss der SoA einen Grund, der zum Geltungsbereich passt?",
    ),
    ("Controls excluded with a weak reason", "Controls mit schwachem Grund ausgeschlossen"),
    (
        "Say what there is not in the scope and how that was found; where it is there after all, include the control.",
        "Sagen, was es im Geltungsbereich nicht gibt und wie das festgestellt wurde; gibt es das doch, das Control aufnehmen.",
    ),
    requirement="6.1.3",
    items="SR-113",
    effort=HOURS,
)
def exclusions_fit_the_scope(look: Look) -> Outcome:
    status, path = look.of("control_status"), look.of("access_path")
    weak = or_(func.lower(status.exclusion_reason).in_(_WEAK), func.length(status.exclusion_reason) < _SHORTEST_REASON)
    dial_in = look.count("access_path", path.kind == "remote") > 0
    remote = (
        [((status.id == "A.6.7"), Both("excluded though there is remote access", "ausgeschlossen, obwohl es Fernzugriff gibt"))]
        if dial_in
        else []
    )
    return look.judge(
        "control_status",
        status.applicable.is_(False),
        gaps=[*remote, (weak, Both("“{exclusion_reason}”", "„{exclusion_reason}“"))],
        good=Both("{exclusion_reason}", "{exclusion_reason}"),
    )


@check(
    (
        "Is each acceptance of a risk still valid for the state that was accepted?",
        "Gilt jede Akzeptanz eines Risikos noch, für den akzeptierten Stand?",
    ),
    ("Accepted risks whose acceptance has expired or is void", "Akzeptierte Risiken mit abgelaufener oder ungültiger Akzeptanz"),
    (
        "Have the risk owner look at the risk as it is today and accept it anew, or treat it.",
        "Das Risiko in seinem heutigen Stand neu akzeptieren oder behandeln lassen.",
    ),
    requirement="6.1.3 8.3",
    items="SR-091",
    weight=MAJOR,
    effort=HOURS,
)
def acceptances_valid(look: Look) -> Outcome:
    risk, acceptance = look.of("risk"), look.computed("risk", "acceptance")
    return look.judge(
        "risk",
        risk.accepted_at.is_not(None),
        gaps=[
            (
                acceptance == "expired",
                Both("{name}: acceptance expired on {acceptance_expires}", "{name}: Akzeptanz abgelaufen am {acceptance_expires}"),
            ),
            (
                acceptance == "void",
                Both("{name}: changed since it was accepted on {accepted_at}", "{name}: geändert seit der Akzeptanz am {accepted_at}"),
            ),
        ],
        unknown=[
            (
                risk.acceptance_expires.is_(None),
                Both("{name}: accepted on {accepted_at} without an end", "{name}: akzeptiert am {accepted_at} ohne Ende"),
            )
        ],
        good=Both(
            "{name}: accepted on {accepted_at} until {acceptance_expires}", "{name}: akzeptiert am {accepted_at} bis {acceptance_expires}"
        ),
    )


@check(
    ("Has every risk an owner?", "Hat jedes Risiko eine verantwortliche Person?"),
    ("Risks without an owner", "Risiken ohne verantwortliche Person"),
    (
        "Name whoever has power and budget over the process, not the administrator.",
        "Die Person benennen, die Macht und Mittel über den Ablauf hat, nicht die Administration.",
    ),
    requirement="6.1.2",
    items="SR-048 SR-208",
    weight=MAJOR,
    effort=HOURS,
)
def risks_have_owners(look: Look) -> Outcome:
    risk = look.of("risk")
    return look.judge(
        "risk",
        gaps=[(risk.owner.is_(None), Both("{name}: nobody owns it", "{name}: niemand ist verantwortlich"))],
        unknown=[
            (
                ~risk.owner.in_(look.ids("person")),
                Both("{name}: its owner is no longer listed", "{name}: die verantwortliche Person wird nicht mehr geführt"),
            )
        ],
        good=Both("{name}: owned, assessed on {assessed_on}", "{name}: verantwortet, bewertet am {assessed_on}"),
    )


@check(
    ("Does each control that a risk relies on apply in the SoA?", "Gilt jedes Control, auf das sich ein Risiko stützt, in der SoA?"),
    ("Risks rely on controls that the SoA excludes", "Risiken stützen sich auf ausgeschlossene Controls"),
    ("Include the control, or treat the risk in another way.", "Das Control aufnehmen oder das Risiko anders behandeln."),
    requirement="6.1.3",
    items="SR-090 SR-113",
    weight=MAJOR,
    effort=HOURS,
)
def risks_rely_on_controls_that_apply(look: Look) -> Outcome:
    risk, status = look.of("risk"), look.of("control_status")
    if not look.count("control_status"):
        return nothing(REGISTERS["control_status"])
    lines = [
        (f"iso27001-2022:{id_}", applies)
        for id_, applies in look.session.execute(select(status.id, status.applicable).where(look.seen("control_status")))
    ]
    excluded, listed = [id_ for id_, applies in lines if applies is False], [id_ for id_, _ in lines]
    named = select(LINKS.from_id).where(LINKS.kind == "risk.annex_a_controls")
    return look.judge(
        "risk",
        risk.id.in_(named),
        gaps=[
            (
                risk.id.in_(named.where(LINKS.to_id.in_(excluded))),
                Both("{name}: names a control that the SoA excludes", "{name}: nennt ein ausgeschlossenes Control"),
            )
        ],
        unknown=[
            (
                risk.id.in_(named.where(LINKS.to_id.not_in(listed))),
                Both("{name}: names a control without a line in the SoA", "{name}: nennt ein Control ohne Zeile in der SoA"),
            )
        ],
        good=Both("{name}: its controls apply, assessed on {assessed_on}", "{name}: seine Controls gelten, bewertet am {assessed_on}"),
    )
