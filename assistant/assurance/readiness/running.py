"""The running of the ISMS between audits: figures, objectives, obligations, threats, improvement."""

from sqlalchemy import func, or_, select

from assistant.assurance.readiness.check import HOURS, OBSERVATION, Both, Outcome, check
from assistant.assurance.readiness.look import Look, nothing, told
from knowledge.registers import REGISTERS

PLACE, TITLE = 10, Both("Figures, objectives and outlook", "Kennzahlen, Ziele und Ausblick")
_MEASURED_WITHIN = 62
_MISSED_FOR, _MISSED_TIMES = 92, 2
"""Days in which no value met the target, and how many values there must be."""
_FRESH = 183
"""Days for which a value, and a look at the threats, stay fresh."""


@check(
    (
        "Is each key figure measured as planned, the latest value not older than two months?",
        "Wird jede Kennzahl wie geplant gemessen, der letzte Wert nicht älter als zwei Monate?",
    ),
    ("Key figures not measured", "Kennzahlen nicht gemessen"),
    (
        "Measure it, or drop it and say why; a figure without a value shows nothing.",
        "Messen, oder streichen und sagen warum; eine Kennzahl ohne Wert zeigt nichts.",
    ),
    requirement="9.1 6.2",
    items="SR-128 SR-129 SR-130 SR-131",
)
def key_figures_measured(look: Look) -> Outcome:
    kpi, value = look.of("kpi"), look.of("measurement")
    last = (
        select(func.max(value.measured_on)).where(value.kpi == kpi.id, look.seen("measurement")).correlate(kpi.id.table).scalar_subquery()
    )
    return look.judge(
        "kpi",
        also={"last": last},
        gaps=[
            (last < look.ago(_MEASURED_WITHIN), Both("{name}: last measured on {last}", "{name}: zuletzt gemessen am {last}")),
            (kpi.target.is_(None), Both("{name}: no target", "{name}: kein Zielwert")),
        ],
        unknown=[(last.is_(None), Both("{name}: no value recorded", "{name}: kein Wert erfasst"))],
        good=Both("{name}: measured on {last}", "{name}: gemessen am {last}"),
    )


@check(
    (
        "Is it written down for each key figure that keeps missing its target what is done about it?",
        "Ist für jede Kennzahl, die ihr Ziel immer wieder verfehlt, festgelegt, was dagegen getan wird?",
    ),
    ("Key figures that keep missing their target, without an action", "Kennzahlen dauerhaft über dem Ziel, ohne Maßnahme"),
    (
        "Find the cause with the owner of the figure, decide on an action, or change the target with a reason.",
        "Mit der verantwortlichen Person die Ursache finden, eine Maßnahme beschließen oder das Ziel mit Grund ändern.",
    ),
    requirement="9.1 9.3.2 10.1",
)
def missed_figures_acted_on(look: Look) -> Outcome:
    kpi, value = look.of("kpi"), look.of("measurement")
    lately = (value.kpi == kpi.id, value.measured_on >= look.ago(_MISSED_FOR), value.measured_on <= look.today, look.seen("measurement"))
    beyond = or_((kpi.direction == "up") & (value.value < kpi.target), (kpi.direction == "down") & (value.value > kpi.target))
    missed, met = (
        select(func.count()).select_from(value.kpi.table).where(*lately, one).correlate(kpi.id.table).scalar_subquery()
        for one in (beyond, ~beyond)
    )
    return look.judge(
        "kpi",
        kpi.target.is_not(None),
        kpi.direction != "",
        also={"missed": missed},
        gaps=[
            (
                (missed >= _MISSED_TIMES) & (met == 0) & (kpi.action_when_missed == ""),
                Both("{name}: {missed} values in a row beyond {target}", "{name}: {missed} Werte in Folge jenseits von {target}"),
            )
        ],
        unknown=[(missed + met == 0, Both("{name}: no value in three months", "{name}: kein Wert in drei Monaten"))],
        good=Both("{name}: target {target}; when missed: {action_when_missed}", "{name}: Ziel {target}; sonst: {action_when_missed}"),
    )


@check(
    (
        "Has each objective a target, an owner and a day, and is none overdue?",
        "Hat jedes Ziel einen Zielwert, eine Person und einen Termin, und ist keins überfällig?",
    ),
    ("Objectives overdue or not measurable", "Ziele überfällig oder nicht messbar"),
    (
        "Say how far the objective is and decide in the management review how it goes on.",
        "Sagen, wie weit das Ziel ist, und in der Managementbewertung über das Weitere entscheiden.",
    ),
    requirement="6.2 9.3.2",
    items="SR-003",
    weight=OBSERVATION,
)
def objectives_on_course(look: Look) -> Outcome:
    aim = look.of("objective")
    return look.judge(
        "objective",
        aim.state != "dropped",
        gaps=[
            (look.computed("objective", "overdue"), Both("{name}: was due on {due_date}", "{name}: war am {due_date} fällig")),
            (or_(aim.target == "", aim.owner.is_(None)), Both("{name}: without target or owner", "{name}: ohne Zielwert oder Person")),
        ],
        unknown=[(aim.due_date.is_(None), Both("{name}: no day recorded", "{name}: kein Termin erfasst"))],
        good=Both("{name}: target {target}, due {due_date}", "{name}: Ziel {target}, fällig {due_date}"),
    )


@check(
    (
        "Did each closed incident and each audit leave an entry in the improvement log?",
        "Hinterließ jeder geschlossene Vorfall einen Eintrag im Verbesserungslog?",
    ),
    ("Incidents without an improvement", "Vorfälle ohne Verbesserung"),
    ("Record what was improved, or that nothing needed to be and why.", "Festhalten, was verbessert wurde, oder warum nichts nötig war."),
    requirement="10.1 A.5.27",
    items="SR-003 SR-182",
    weight=OBSERVATION,
    effort=HOURS,
)
def incidents_lead_to_improvements(look: Look) -> Outcome:
    incident = look.of("incident")
    return look.judge(
        "incident",
        incident.status == "closed",
        gaps=[
            (
                ~look.pointed("incident", [("improvement", "incident")]) & (incident.lesson == ""),
                Both(
                    "{title}, closed on {closed_at}: neither lesson nor improvement",
                    "{title}, geschlossen am {closed_at}: weder Lehre noch Verbesserung",
                ),
            )
        ],
        unknown=[
            (
                ~look.pointed("incident", [("improvement", "incident")]),
                Both(
                    "{title}, closed on {closed_at}: no entry in the improvement log",
                    "{title}, geschlossen am {closed_at}: kein Eintrag im Verbesserungslog",
                ),
            )
        ],
        good=Both("{title}, closed on {closed_at}: improved", "{title}, geschlossen am {closed_at}: verbessert"),
    )


@check(
    (
        "Are laws, contracts and customers' clauses looked at by their day?",
        "Werden Gesetze, Verträge und Kundenklauseln fristgerecht angesehen?",
    ),
    ("Obligations not reviewed", "Verpflichtungen nicht überprüft"),
    (
        "Look whether law or contract changed, note the day, and change the controls that hang on it.",
        "Prüfen, ob sich Gesetz oder Vertrag änderte, den Tag festhalten und abhängige Controls anpassen.",
    ),
    requirement="A.5.31 4.2",
    items="SR-009 SR-046",
    role="Legal or compliance",
)
def obligations_reviewed(look: Look) -> Outcome:
    one = look.of("obligation")
    return look.judge(
        "obligation",
        or_(one.valid_until.is_(None), one.valid_until >= look.today),
        gaps=[
            (
                one.review_date < look.today,
                Both("{name}: review was due on {review_date}", "{name}: Überprüfung war am {review_date} fällig"),
            ),
            (one.owner.is_(None), Both("{name}: nobody answers for it", "{name}: niemand ist zuständig")),
        ],
        unknown=[(one.review_date.is_(None), Both("{name}: no day of review", "{name}: kein Prüftermin"))],
        good=Both("{name}: next review {review_date}", "{name}: nächste Überprüfung {review_date}"),
    )


@check(
    (
        "Was a new threat to AI or OT noted in the last six months?",
        "Wurde in den letzten sechs Monaten eine neue Bedrohung für KI oder OT notiert?",
    ),
    ("Threat intelligence stands still", "Bedrohungslage steht still"),
    (
        "Read one source for AI and one for OT each month, and note what bears on the plant, also where nothing does.",
        "Monatlich je eine Quelle zu KI und OT lesen und notieren, was das Werk betrifft, auch wenn es nichts ist.",
    ),
    requirement="A.5.7",
    items="SR-067 SR-183",
    weight=OBSERVATION,
    effort=HOURS,
    role="OT security engineer",
)
def threats_noted_lately(look: Look) -> Outcome:
    return look.periodic(
        "threat_note",
        "noted_on",
        _FRESH,
        good=Both("{title}, {noted_on}", "{title}, {noted_on}"),
        late=Both("{title}, {noted_on}: the newest note", "{title}, {noted_on}: die neueste Notiz"),
    )


@check(
    ("Was it decided whether climate change matters to the ISMS?", "Wurde entschieden, ob der Klimawandel für das ISMS wichtig ist?"),
    ("Climate decision missing", "Entscheidung zum Klimawandel fehlt"),
    (
        "Decide in the context analysis whether climate change matters (heat, flood, energy, customers' clauses), with day and reason; no is an answer too.",
        "In der Kontextanalyse entscheiden, ob der Klimawandel wichtig ist (Hitze, Hochwasser, Energie, Kundenklauseln), mit Tag und Grund; auch nein ist eine Antwort.",
    ),
    requirement="4.1 4.2",
    items="SR-066 PM-04",
    effort=HOURS,
)
def climate_change_decided(look: Look) -> Outcome:
    isms, issue = look.of("isms"), look.of("issue")
    decided = look.first("isms", isms.climate_decided_on.is_not(None), or_(isms.climate_relevant.is_not(None), isms.climate_decision != ""))
    if decided is not None:
        proof = told(
            REGISTERS["isms"], decided, Both("{climate_decided_on}: {climate_decision}", "{climate_decided_on}: {climate_decision}"), "good"
        )
        return Outcome("yes", proof.said, (proof,), 1)
    recorded = look.first(
        "issue", issue.climate.is_(True), issue.decision != "", issue.decided_on.is_not(None), order=issue.decided_on.desc()
    )
    if recorded is not None:
        proof = told(REGISTERS["issue"], recorded, Both("{name}, {decided_on}: {decision}", "{name}, {decided_on}: {decision}"), "good")
        return Outcome("yes", proof.said, (proof,), 1)
    rows = look.count("isms") + look.count("issue")
    if not rows:
        return nothing(REGISTERS["issue"])
    return Outcome(
        "no",
        Both("The context is recorded, without a decision on climate change", "Der Kontext ist erfasst, ohne Entscheidung zum Klimawandel"),
        (),
        rows,
        1,
    )


@check(
    (
        "Did the company compare itself with its peers in the last 12 months?",
        "Hat sich das Unternehmen in den letzten zwölf Monaten mit anderen verglichen?",
    ),
    ("No comparison with peers", "Kein Vergleich mit anderen"),
    (
        "Note one figure of the industry with its source and day beside your own.",
        "Eine Zahl der Branche mit Quelle und Tag neben der eigenen notieren.",
    ),
    requirement="10.1 A.5.6",
    items="SR-185",
    weight=OBSERVATION,
    effort=HOURS,
)
def peers_compared_in_12_months(look: Look) -> Outcome:
    return look.periodic(
        "benchmark",
        "noted_on",
        365,
        good=Both("{title}, {noted_on}: {origin}", "{title}, {noted_on}: {origin}"),
        late=Both("{title}, {noted_on}: the newest one", "{title}, {noted_on}: der neueste"),
    )


@check(
    (
        "Did the last management review look at all that it has to, AI included?",
        "Hat die letzte Managementbewertung alles angesehen, was dazugehört, auch KI?",
    ),
    ("Inputs of the management review missing", "Eingaben der Managementbewertung fehlen"),
    (
        "Bring the missing inputs to the next meeting and record what was decided on each.",
        "Die fehlenden Eingaben in die nächste Sitzung bringen und festhalten, was dazu entschieden wurde.",
    ),
    requirement="9.3.2 9.3.3",
    items="SR-064 SR-162 SR-175",
    role="ISMS manager",
)
def management_review_covers_its_inputs(look: Look) -> Outcome:
    review = look.of("management_review")
    held = (review.state == "done", review.held_on >= look.ago(), review.held_on <= look.today)
    some = look.rows("management_review", *held, order=review.held_on.desc())
    if not some and look.count("management_review", review.state == "done"):
        said = Both("No management review of the last 12 months is recorded", "Keine Managementbewertung der letzten zwölf Monate erfasst")
        return Outcome("not_checked", said)
    if not some:
        return nothing(REGISTERS["management_review"])
    lacking = [(row, [name for name in _INPUTS if not getattr(row, name)]) for row in some]
    row, missing = min(lacking, key=lambda pair: len(pair[1]))
    if not missing:
        proof = told(
            REGISTERS["management_review"],
            row,
            Both("{title}, {held_on}: all inputs recorded", "{title}, {held_on}: alle Eingaben erfasst"),
            "good",
        )
        return Outcome("yes", proof.said, (proof,), len(some))
    words = REGISTERS["management_review"].by_name
    en, de = (", ".join(words[name].words.label(tongue) for name in missing) for tongue in ("en", "de"))
    proof = told(
        REGISTERS["management_review"],
        row,
        Both(f"{{title}}, {{held_on}}: nothing on {en}", f"{{title}}, {{held_on}}: nichts zu {de}"),
        "gap",
    )
    return Outcome("no", proof.said, (proof,), len(some), 1)


_INPUTS = (
    "previous_actions",
    "context_changes",
    "party_changes",
    "nonconformities",
    "measurements",
    "audit_results",
    "objectives",
    "feedback",
    "risks",
    "improvements",
    "ai",
    "decisions",
)
"""What 9.3.2 asks for, AI as the guide asks, and the decisions of 9.3.3."""
