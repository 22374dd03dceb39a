"""The checklist's part on technical controls: access tested, network verified, sensitive data encrypted, logging at work; releases of models."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import func, or_

from assistant.assurance.readiness.check import MAJOR, OBSERVATION, WEEKS, Both, Outcome, check
from assistant.assurance.readiness.look import RUNNING, Look, nothing, together, told
from knowledge.registers import REGISTERS
from knowledge.registers.values import NONE

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
    return _all_tested(look, ACCESS)


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
    return _all_tested(look, NETWORK)


def _all_tested(look: Look, ids: Sequence[str]) -> Outcome:
    """Whether each control was tested, with the oldest of the tests in the headline."""
    joined = together(*(tested(look, id_) for id_ in ids))
    if joined.state != "yes":
        return joined
    oldest = min((_newest(look, id_) for id_ in ids), key=lambda row: row.supports_date)
    told_of = f"{oldest.supports_date}: {oldest.title}"
    return replace(
        joined, said=Both(f"{len(ids)} controls tested, the oldest on {told_of}", f"{len(ids)} Controls geprüft, das älteste am {told_of}")
    )


def _newest(look: Look, control: str) -> Any:
    """The newest test, review or report of a control, or None."""
    evidence = look.of("evidence")
    judged = or_(evidence.kind.in_(("test", "review", "report")), evidence.result != "")
    of_it = look.controlled("evidence", "control", (control,))
    return look.first("evidence", judged, of_it, evidence.supports_date <= look.today, order=evidence.supports_date.desc())


def tested(look: Look, control: str) -> Outcome:
    """Whether the newest test or review of a control is valid and passed."""
    found, newest = REGISTERS["evidence"], _newest(look, control)
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


@check(
    (
        "Does each AI endpoint ask who calls, limit and check what comes in, and change its keys in time?",
        "Fragt jeder KI-Endpunkt, wer anruft, begrenzt und prüft er Eingaben, und werden seine Schlüssel rechtzeitig gewechselt?",
    ),
    ("AI endpoints without protection", "KI-Endpunkte ohne Schutz"),
    (
        "Add what is missing (authentication, rate limit, input check, log), or take the endpoint off the network.",
        "Fehlendes ergänzen (Anmeldung, Ratenbegrenzung, Eingabeprüfung, Protokoll) oder den Endpunkt vom Netz nehmen.",
    ),
    requirement="A.8.5 A.8.26 A.8.20",
    items="SR-032 SR-074 SR-103",
    role="ML platform owner",
)
def endpoints_are_protected(look: Look) -> Outcome:
    asset = look.of("asset")
    open_ = or_(func.lower(asset.auth_method).in_(NONE), func.lower(asset.rate_limit).in_(NONE), asset.input_check.is_(False))
    silent = or_(asset.auth_method == "", asset.rate_limit == "", asset.input_check.is_(None), asset.log_source == "")
    return look.judge(
        "asset",
        asset.asset_class == "api_endpoint",
        gaps=[
            (
                open_,
                Both(
                    "{name}: authentication {auth_method}, rate limit {rate_limit}, or input not checked",
                    "{name}: Anmeldung {auth_method}, Ratenbegrenzung {rate_limit}, oder Eingaben ungeprüft",
                ),
            ),
            (
                asset.rotation_due < look.today,
                Both("{name}: change of its key was due on {rotation_due}", "{name}: Schlüsselwechsel war am {rotation_due} fällig"),
            ),
        ],
        unknown=[
            (
                silent,
                Both(
                    "{name}: authentication, rate limit, input check or log not recorded",
                    "{name}: Anmeldung, Ratenbegrenzung, Eingabeprüfung oder Protokoll nicht erfasst",
                ),
            )
        ],
        good=Both(
            "{name}: {auth_method}, {rate_limit}, next change of key {rotation_due}",
            "{name}: {auth_method}, {rate_limit}, nächster Schlüsselwechsel {rotation_due}",
        ),
    )


@check(
    (
        "Is each AI model and edge device in use watched by a monitoring system?",
        "Wird jedes eingesetzte Modell und Edge-Gerät von einer Überwachung gesehen?",
    ),
    ("AI assets that no monitoring covers", "KI-Assets ohne Überwachung"),
    (
        "Connect the asset to the monitoring, and name who is alarmed on each shift.",
        "Das Asset an die Überwachung anschließen und sagen, wer auf jeder Schicht alarmiert wird.",
    ),
    requirement="A.8.16 iso42001:A.6.2.6",
    items="SR-078 SR-125 SR-160",
    role="ML operations",
)
def ai_assets_are_monitored(look: Look) -> Outcome:
    asset = look.of("asset")
    if not look.count("asset", asset.asset_class == "monitoring"):
        return nothing(REGISTERS["asset"])
    return look.judge(
        "asset",
        asset.asset_class.in_(("production_ai_model", "edge_ai_device", "serving_infrastructure")),
        asset.in_scope.is_not(False),
        gaps=[
            (
                ~look.pointed("asset", [("asset", "covers")]),
                Both("{name}: no monitoring system covers it", "{name}: von keiner Überwachung erfasst"),
            )
        ],
        good=Both("{name}: covered by a monitoring system", "{name}: von einer Überwachung erfasst"),
    )
