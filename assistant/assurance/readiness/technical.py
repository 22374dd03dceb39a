"""The checklist's part on technical controls: access tested, network verified, sensitive data encrypted, logging at work; releases of models."""

from sqlalchemy import func

from assistant.assurance.readiness.check import MAJOR, OBSERVATION, WEEKS, Both, Outcome, check
from assistant.assurance.readiness.look import NONE, RUNNING, Look, nothing, together, told
from knowledge.registers import REGISTERS

PLACE, TITLE = 2, Both("Technical controls", "Technische Controls")
SENSITIVE = ("confidential", "strictly_confidential")
ACCESS = ("A.5.15", "A.5.18", "A.8.2", "A.8.3", "A.8.5")
NETWORK = ("A.8.20", "A.8.21", "A.8.22")
FAILED = ("fail", "not ok", "nicht bestanden", "not passed", "durchgefallen")


@check(
    (
        "Were the access controls tested in the last 12 months, and did the tests pass?",
        "Wurden die Zugriffscontrols in den letzten zwölf Monaten geprüft, und bestanden sie?",
    ),
    ("Access controls without a current, passed test", "Zugriffscontrols ohne aktuelle, bestandene Prüfung"),
    (
        "Test or review the access that the control rules, and record tester, date and result as evidence.",
        "Den Zugriff prüfen, den das Control regelt, und Prüfer, Datum und Ergebnis als Nachweis ablegen.",
    ),
    requirement="A.5.15 A.5.18 A.8.2 A.8.3 A.8.5",
    items="SR-157 SR-132",
    role="IT security",
)
def access_controls_tested(look: Look) -> Outcome:
    return together(*(tested(look, control) for control in ACCESS))


@check(
    (
        "Was network security verified in the last 12 months, with tester and result?",
        "Wurde die Netzsicherheit in den letzten zwölf Monaten geprüft, mit Prüfer und Ergebnis?",
    ),
    ("Network security without a current verification", "Netzsicherheit ohne aktuelle Prüfung"),
    (
        "Compare the traffic that is seen with the zone drawing and the rule base, and keep the result as evidence.",
        "Den gesehenen Verkehr mit Zonenplan und Regelwerk vergleichen und das Ergebnis als Nachweis ablegen.",
    ),
    requirement="A.8.20 A.8.21 A.8.22",
    items="SR-158",
    role="OT security engineer",
)
def network_security_verified(look: Look) -> Outcome:
    return together(*(tested(look, control) for control in NETWORK))


def tested(look: Look, control: str) -> Outcome:
    """Whether the newest test or review of a control is valid and passed."""
    evidence, found = look.of("evidence"), REGISTERS["evidence"]
    kinds = (evidence.kind.in_(("test", "review", "report")), look.controlled("evidence", "control", (control,)))
    newest = look.first("evidence", *kinds, evidence.supports_date <= look.today, order=evidence.supports_date.desc())
    if newest is None:
        if not look.count("evidence"):
            return nothing(found)
        said = Both(f"{control}: no test or review is recorded", f"{control}: keine Prüfung erfasst")
        return Outcome("not_checked", said, rows=1, short=1)
    if any(word in newest.result.casefold() for word in FAILED):
        proof = told(
            found,
            newest,
            Both(f"{control}: {{title}} of {{supports_date}}: {{result}}", f"{control}: {{title}} vom {{supports_date}}: {{result}}"),
            "gap",
        )
        return Outcome("no", proof.said, (proof,), 1, 1)
    if newest.supports_date < look.ago() or (newest.expires_on and newest.expires_on < look.today):
        proof = told(
            found,
            newest,
            Both(f"{control}: {{title}} of {{supports_date}} is out of date", f"{control}: {{title}} vom {{supports_date}} ist veraltet"),
            "stale",
        )
        return Outcome("not_checked", proof.said, (proof,), 1, 1)
    proof = told(
        found,
        newest,
        Both(
            f"{control}: {{title}} of {{supports_date}}, by {{tester}}: {{result}}",
            f"{control}: {{title}} vom {{supports_date}}, durch {{tester}}: {{result}}",
        ),
        "good",
    )
    return Outcome("yes", proof.said, (proof,), 1)


@check(
    (
        "Is confidential data encrypted where it flows and where it is stored?",
        "Sind vertrauliche Daten beim Übertragen und beim Speichern verschlüsselt?",
    ),
    ("Confidential data without encryption", "Vertrauliche Daten ohne Verschlüsselung"),
    (
        "Encrypt the flow or the storage, or record the compensating measure with its end.",
        "Den Fluss oder den Speicher verschlüsseln, oder die Ersatzmaßnahme mit ihrem Ende erfassen.",
    ),
    requirement="A.8.24 A.5.14",
    items="SR-102 SR-159",
    weight=MAJOR,
    effort=WEEKS,
    role="IT security",
)
def sensitive_data_encrypted(look: Look) -> Outcome:
    flow, asset = look.of("data_flow"), look.of("asset")
    written = func.lower(flow.encryption)
    flows = look.judge(
        "data_flow",
        flow.data_class.in_(SENSITIVE),
        flow.allowed.is_not(False),
        gaps=[
            (
                written.in_(NONE) & flow.compensating_measure.is_(None),
                Both("{name}: {data_class}, encryption {encryption}", "{name}: {data_class}, Verschlüsselung {encryption}"),
            )
        ],
        unknown=[(flow.encryption == "", Both("{name}: encryption not recorded", "{name}: Verschlüsselung nicht erfasst"))],
        good=Both("{name}: {encryption}, approved on {approved_on}", "{name}: {encryption}, genehmigt am {approved_on}"),
    )
    stores = look.judge(
        "asset",
        asset.asset_class.in_(("data_storage", "training_dataset")),
        asset.classification.in_(SENSITIVE),
        gaps=[(asset.encrypted.is_(False), Both("{name}: stored without encryption", "{name}: unverschlüsselt gespeichert"))],
        unknown=[(asset.encrypted.is_(None), Both("{name}: encryption not recorded", "{name}: Verschlüsselung nicht erfasst"))],
        good=Both("{name}: stored encrypted", "{name}: verschlüsselt gespeichert"),
    )
    return together(flows, stores)


@check(
    (
        "Does each running AI system and each critical AI asset write a log that is kept?",
        "Schreibt jedes laufende KI-System und jedes kritische KI-Asset ein Protokoll, das aufbewahrt wird?",
    ),
    ("AI systems without a log source", "KI-Systeme ohne Protokollquelle"),
    (
        "Name the log source and how long it is kept; connect silent ones to the monitoring.",
        "Protokollquelle und Aufbewahrung angeben; stumme an die Überwachung anschließen.",
    ),
    requirement="A.8.15 A.8.16 iso42001:A.6.2.8",
    items="SR-100 SR-160",
    role="ML operations",
)
def logging_operational(look: Look) -> Outcome:
    system = look.of("ai_system")
    source, kept = func.lower(system.log_source), system.log_retention
    running = look.judge(
        "ai_system",
        system.lifecycle_phase.in_(RUNNING),
        gaps=[(source.in_(NONE), Both("{name}: no log source", "{name}: keine Protokollquelle"))],
        unknown=[
            (system.log_source == "", Both("{name}: log source not recorded", "{name}: Protokollquelle nicht erfasst")),
            (kept == "", Both("{name}: how long logs are kept is not recorded", "{name}: Aufbewahrung der Protokolle nicht erfasst")),
        ],
        good=Both("{name}: {log_source}, kept {log_retention}", "{name}: {log_source}, aufbewahrt {log_retention}"),
    )
    return together(running, tested(look, "A.8.15"))


@check(
    ("Was a restore tried in the last 12 months, and did it work?", "Wurde in den letzten zwölf Monaten zurückgespielt, und gelang es?"),
    ("No current, passed restore test", "Keine aktuelle, bestandene Rückspielprobe"),
    (
        "Restore one PLC program, one historian day and one model, and record what came back in which time.",
        "Ein SPS-Programm, einen Tag des Historians und ein Modell zurückspielen und festhalten, was in welcher Zeit zurückkam.",
    ),
    requirement="A.8.13 A.5.30",
    items="SR-045",
    role="IT operations",
)
def restore_tested(look: Look) -> Outcome:
    return tested(look, "A.8.13")


@check(
    (
        "Has each running AI system a fallback and a recovery time?",
        "Hat jedes laufende KI-System eine Rückfallebene und eine Wiederanlaufzeit?",
    ),
    ("AI systems without a fallback", "KI-Systeme ohne Rückfallebene"),
    (
        "Write down what the shift does without the system, and in how many hours it has to be back.",
        "Festhalten, was die Schicht ohne das System tut und in wie vielen Stunden es wieder laufen muss.",
    ),
    requirement="A.5.29 A.5.30 A.8.14",
    items="SR-045",
    weight=OBSERVATION,
    role="Production",
)
def ai_systems_have_a_fallback(look: Look) -> Outcome:
    system = look.of("ai_system")
    return look.judge(
        "ai_system",
        system.lifecycle_phase.in_(RUNNING),
        gaps=[(func.lower(system.fallback).in_(NONE), Both("{name}: no fallback", "{name}: keine Rückfallebene"))],
        unknown=[
            (system.fallback == "", Both("{name}: fallback not recorded", "{name}: Rückfallebene nicht erfasst")),
            (system.recovery_hours.is_(None), Both("{name}: recovery time not recorded", "{name}: Wiederanlaufzeit nicht erfasst")),
        ],
        good=Both("{name}: {recovery_hours} h; {fallback}", "{name}: {recovery_hours} h; {fallback}"),
    )
