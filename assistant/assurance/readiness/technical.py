"""The checklist's part on technical controls: access tested, network verified, sensitive data encrypted, logging at work; releases of models."""

from sqlalchemy import func, not_, or_

from assistant.assurance.readiness.check import HOURS, MAJOR, OBSERVATION, WEEKS, Both, Outcome, check
from assistant.assurance.readiness.look import Look, nothing, together, told
from knowledge.registers import REGISTERS

PLACE, TITLE = 2, Both("Technical controls", "Technische Controls")
SENSITIVE = ("confidential", "strictly_confidential")
NONE = ("none", "no", "plain", "not encrypted", "-", "keine", "nein", "unverschlüsselt")
"""What people write where there is nothing."""
RUNNING = ("deployment", "operation")
LIVE = ("deployed", "rolled_back", "retired")
ACCESS = ("A.5.15", "A.5.18", "A.8.2", "A.8.3", "A.8.5")
NETWORK = ("A.8.20", "A.8.21", "A.8.22")
FAILED = ("fail", "not ok", "nicht bestanden", "not passed", "durchgefallen")


@check(
    ("Were the access controls tested in the last 12 months, and did the tests pass?",
     "Wurden die Zugriffscontrols in den letzten zwölf Monaten geprüft, und bestanden sie?"),
    ("Access controls without a current, passed test", "Zugriffscontrols ohne aktuelle, bestandene Prüfung"),
    ("Test or review the access that the control rules, and record tester, date and result as evidence.",
     "Den Zugriff prüfen, den das Control regelt, und Prüfer, Datum und Ergebnis als Nachweis ablegen."),
    requirement="A.5.15 A.5.18 A.8.2 A.8.3 A.8.5", items="SR-157 SR-132", role="IT security",
)  # fmt: skip
def access_controls_tested(look: Look) -> Outcome:
    return together(*(tested(look, control) for control in ACCESS))


@check(
    ("Was network security verified in the last 12 months, with tester and result?",
     "Wurde die Netzsicherheit in den letzten zwölf Monaten geprüft, mit Prüfer und Ergebnis?"),
    ("Network security without a current verification", "Netzsicherheit ohne aktuelle Prüfung"),
    ("Compare the traffic that is seen with the zone drawing and the rule base, and keep the result as evidence.",
     "Den gesehenen Verkehr mit Zonenplan und Regelwerk vergleichen und das Ergebnis als Nachweis ablegen."),
    requirement="A.8.20 A.8.21 A.8.22", items="SR-158", role="OT security engineer",
)  # fmt: skip
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
        proof = told(found, newest, Both(f"{control}: {{title}} of {{supports_date}}: {{result}}", f"{control}: {{title}} vom {{supports_date}}: {{result}}"), "gap")
        return Outcome("no", proof.said, (proof,), 1, 1)
    if newest.supports_date < look.ago() or (newest.expires_on and newest.expires_on < look.today):
        proof = told(found, newest, Both(f"{control}: {{title}} of {{supports_date}} is out of date", f"{control}: {{title}} vom {{supports_date}} ist veraltet"), "stale")
        return Outcome("not_checked", proof.said, (proof,), 1, 1)
    proof = told(found, newest, Both(f"{control}: {{title}} of {{supports_date}}, by {{tester}}: {{result}}",
                                     f"{control}: {{title}} vom {{supports_date}}, durch {{tester}}: {{result}}"), "good")  # fmt: skip
    return Outcome("yes", proof.said, (proof,), 1)


@check(
    ("Is confidential data encrypted where it flows and where it is stored?", "Sind vertrauliche Daten beim Übertragen und beim Speichern verschlüsselt?"),
    ("Confidential data without encryption", "Vertrauliche Daten ohne Verschlüsselung"),
    ("Encrypt the flow or the storage, or record the compensating measure with its end.",
     "Den Fluss oder den Speicher verschlüsseln, oder die Ersatzmaßnahme mit ihrem Ende erfassen."),
    requirement="A.8.24 A.5.14", items="SR-102 SR-159", weight=MAJOR, effort=WEEKS, role="IT security",
)  # fmt: skip
def sensitive_data_encrypted(look: Look) -> Outcome:
    flow, asset = look.of("data_flow"), look.of("asset")
    written = func.lower(flow.encryption)
    flows = look.judge(
        "data_flow", flow.data_class.in_(SENSITIVE), flow.allowed.is_not(False),
        gaps=[(written.in_(NONE) & flow.compensating_measure.is_(None), Both("{name}: {data_class}, encryption {encryption}",
                                                                            "{name}: {data_class}, Verschlüsselung {encryption}"))],
        unknown=[(flow.encryption == "", Both("{name}: encryption not recorded", "{name}: Verschlüsselung nicht erfasst"))],
        good=Both("{name}: {encryption}, approved on {approved_on}", "{name}: {encryption}, genehmigt am {approved_on}"),
    )  # fmt: skip
    stores = look.judge(
        "asset", asset.asset_class.in_(("data_storage", "training_dataset")), asset.classification.in_(SENSITIVE),
        gaps=[(asset.encrypted.is_(False), Both("{name}: stored without encryption", "{name}: unverschlüsselt gespeichert"))],
        unknown=[(asset.encrypted.is_(None), Both("{name}: encryption not recorded", "{name}: Verschlüsselung nicht erfasst"))],
        good=Both("{name}: stored encrypted", "{name}: verschlüsselt gespeichert"),
    )  # fmt: skip
    return together(flows, stores)


@check(
    ("Does each running AI system and each critical AI asset write a log that is kept?",
     "Schreibt jedes laufende KI-System und jedes kritische KI-Asset ein Protokoll, das aufbewahrt wird?"),
    ("AI systems without a log source", "KI-Systeme ohne Protokollquelle"),
    ("Name the log source and how long it is kept; connect silent ones to the monitoring.",
     "Protokollquelle und Aufbewahrung angeben; stumme an die Überwachung anschließen."),
    requirement="A.8.15 A.8.16 iso42001:A.6.2.8", items="SR-100 SR-160", role="ML operations",
)  # fmt: skip
def logging_operational(look: Look) -> Outcome:
    system = look.of("ai_system")
    source, kept = func.lower(system.log_source), system.log_retention
    running = look.judge(
        "ai_system", system.lifecycle_phase.in_(RUNNING),
        gaps=[(source.in_(NONE), Both("{name}: no log source", "{name}: keine Protokollquelle"))],
        unknown=[(system.log_source == "", Both("{name}: log source not recorded", "{name}: Protokollquelle nicht erfasst")),
                 (kept == "", Both("{name}: how long logs are kept is not recorded", "{name}: Aufbewahrung der Protokolle nicht erfasst"))],
        good=Both("{name}: {log_source}, kept {log_retention}", "{name}: {log_source}, aufbewahrt {log_retention}"),
    )  # fmt: skip
    return together(running, tested(look, "A.8.15"))


@check(
    ("Does what runs equal what was released, by its hash?", "Stimmt, was läuft, mit dem Freigegebenen überein, nach seinem Hash?"),
    ("Deployed model differs from the released one", "Ausgerolltes Modell weicht vom freigegebenen ab"),
    ("Stop the model, fall back to the manual check, find out who changed what, and treat it as an incident.",
     "Das Modell anhalten, auf die Prüfung von Hand ausweichen, klären, wer was geändert hat, und es als Vorfall behandeln."),
    requirement="A.8.9 A.8.19 A.8.32", items="SR-098", weight=MAJOR, effort=HOURS, role="ML platform owner",
)  # fmt: skip
def deployed_models_match_their_release(look: Look) -> Outcome:
    release = look.of("release")
    matches = look.computed("release", "hash_matches")
    return look.judge(
        "release", release.state == "deployed",
        gaps=[(not_(matches), Both("{version} of {deployed_on}: deployed hash differs", "{version} vom {deployed_on}: ausgerollter Hash weicht ab"))],
        unknown=[(matches.is_(None), Both("{version} of {deployed_on}: a hash is missing", "{version} vom {deployed_on}: ein Hash fehlt"))],
        good=Both("{version} of {deployed_on}: hashes agree", "{version} vom {deployed_on}: Hashes gleich"),
    )  # fmt: skip


@check(
    ("Was each model in use released with change, validation report, signer, approval and way back?",
     "Wurde jedes eingesetzte Modell mit Änderung, Validierung, Unterschrift, Freigabe und Rückweg freigegeben?"),
    ("Model releases without a change record or approval", "Modellfreigaben ohne Änderungsnachweis oder Freigabe"),
    ("Open the change after the fact and say so, have the release approved by somebody else, and close the way by which it went past.",
     "Die Änderung nachträglich anlegen und so kennzeichnen, von jemand anderem freigeben lassen und den Weg daran vorbei schließen."),
    requirement="A.8.32 A.8.29 iso42001:A.6.2.5", items="SR-099 SR-105 SR-107 SR-108 SR-133 SR-171", role="ML platform owner",
)  # fmt: skip
def releases_follow_change_management(look: Look) -> Outcome:
    release = look.of("release")
    return look.judge(
        "release", or_(release.deployed_on.is_not(None), release.state == "deployed"),
        gaps=[(release.change.is_(None), Both("{version} of {deployed_on}: no change record", "{version} vom {deployed_on}: kein Änderungsnachweis")),
              (release.approver.is_(None), Both("{version} of {deployed_on}: nobody approved it", "{version} vom {deployed_on}: niemand gab frei")),
              (release.approved_on > release.deployed_on, Both("{version}: deployed on {deployed_on}, approved on {approved_on}",
                                                               "{version}: ausgerollt am {deployed_on}, freigegeben am {approved_on}")),
              (release.validator.is_(None), Both("{version}: nobody signed the validation", "{version}: niemand unterschrieb die Validierung")),
              (release.rollback == "", Both("{version}: no way back is described", "{version}: kein Rückweg beschrieben"))],
        good=Both("{version}: validated {validated_on}, approved {approved_on}, deployed {deployed_on}",
                  "{version}: validiert {validated_on}, freigegeben {approved_on}, ausgerollt {deployed_on}"),
    )  # fmt: skip


@check(
    ("Does nobody develop a model and also approve, validate or deploy it alone?", "Entwickelt niemand ein Modell und gibt es auch selbst frei oder rollt es aus?"),
    ("Developer released their own model", "Entwickler gab das eigene Modell frei"),
    ("Have the release looked at again by a second person, and take the right to release from developers.",
     "Die Freigabe durch eine zweite Person nachholen und Entwicklern das Freigaberecht entziehen."),
    requirement="A.5.3 A.8.31", items="SR-096", role="AI governance lead",
)  # fmt: skip
def developers_do_not_release_their_own(look: Look) -> Outcome:
    release = look.of("release")
    alone = or_(release.developer == release.approver, release.developer == release.validator, release.developer == release.deployer)
    return look.judge(
        "release", or_(release.deployed_on.is_not(None), release.state == "deployed"),
        gaps=[(alone, Both("{version} of {deployed_on}: the developer also validated, approved or deployed it",
                           "{version} vom {deployed_on}: wer entwickelte, validierte, gab frei oder rollte aus"))],
        unknown=[(release.developer.is_(None), Both("{version}: developer not recorded", "{version}: Entwickler nicht erfasst"))],
        good=Both("{version} of {deployed_on}: developed, approved and deployed by different people",
                  "{version} vom {deployed_on}: von verschiedenen Personen entwickelt, freigegeben und ausgerollt"),
    )  # fmt: skip


@check(
    ("Was each model in use tested against manipulated inputs before its release?", "Wurde jedes eingesetzte Modell vor der Freigabe gegen manipulierte Eingaben geprüft?"),
    ("Models released without a security test", "Modelle ohne Sicherheitstest freigegeben"),
    ("Run the manipulation set against the model and attach the report to the release.", "Den Manipulationssatz gegen das Modell laufen lassen und den Bericht anhängen."),
    requirement="A.8.29 iso42001:A.6.2.4", items="SR-106", role="ML engineering lead",
)  # fmt: skip
def models_tested_against_manipulation(look: Look) -> Outcome:
    release = look.of("release")
    return look.judge(
        "release", release.state == "deployed",
        gaps=[(func.lower(release.adversarial_test).in_((*NONE, "not done", "nicht erfolgt")), Both("{version}: security test not done", "{version}: kein Sicherheitstest"))],
        unknown=[(release.adversarial_test == "", Both("{version}: security test not recorded", "{version}: Sicherheitstest nicht erfasst"))],
        good=Both("{version} of {validated_on}: {adversarial_test}", "{version} vom {validated_on}: {adversarial_test}"),
    )  # fmt: skip


@check(
    ("Was the integrity of each training data set checked in the last three months?", "Wurde die Integrität jedes Trainingsdatensatzes in den letzten drei Monaten geprüft?"),
    ("Training data without a current integrity check", "Trainingsdaten ohne aktuelle Integritätsprüfung"),
    ("Record the hash of the released data set and compare it; no training before the comparison passed.",
     "Hash des freigegebenen Datensatzes erfassen und vergleichen; kein Training vor bestandenem Vergleich."),
    requirement="A.8.3 A.8.16 iso42001:A.7.4", items="SR-070 SR-131 SR-134", role="Data stewards",
)  # fmt: skip
def training_data_integrity_checked(look: Look) -> Outcome:
    asset = look.of("asset")
    return look.judge(
        "asset", asset.asset_class == "training_dataset", asset.in_scope.is_not(False),
        stale=[(asset.hash_checked_on < look.ago(92), Both("{name}: hash last checked on {hash_checked_on}", "{name}: Hash zuletzt geprüft am {hash_checked_on}"))],
        gaps=[(asset.content_hash.in_(NONE), Both("{name}: no hash is kept", "{name}: kein Hash geführt"))],
        unknown=[(asset.hash_checked_on.is_(None), Both("{name}: no integrity check recorded", "{name}: keine Integritätsprüfung erfasst"))],
        good=Both("{name}: hash checked on {hash_checked_on}", "{name}: Hash geprüft am {hash_checked_on}"),
    )  # fmt: skip


@check(
    ("Was a restore tried in the last 12 months, and did it work?", "Wurde in den letzten zwölf Monaten zurückgespielt, und gelang es?"),
    ("No current, passed restore test", "Keine aktuelle, bestandene Rückspielprobe"),
    ("Restore one PLC program, one historian day and one model, and record what came back in which time.",
     "Ein SPS-Programm, einen Tag des Historians und ein Modell zurückspielen und festhalten, was in welcher Zeit zurückkam."),
    requirement="A.8.13 A.5.30", items="SR-045", role="IT operations",
)  # fmt: skip
def restore_tested(look: Look) -> Outcome:
    return tested(look, "A.8.13")


@check(
    ("Has each running AI system a fallback and a recovery time?", "Hat jedes laufende KI-System eine Rückfallebene und eine Wiederanlaufzeit?"),
    ("AI systems without a fallback", "KI-Systeme ohne Rückfallebene"),
    ("Write down what the shift does without the system, and in how many hours it has to be back.",
     "Festhalten, was die Schicht ohne das System tut und in wie vielen Stunden es wieder laufen muss."),
    requirement="A.5.29 A.5.30 A.8.14", items="SR-045", weight=OBSERVATION, role="Production",
)  # fmt: skip
def ai_systems_have_a_fallback(look: Look) -> Outcome:
    system = look.of("ai_system")
    return look.judge(
        "ai_system", system.lifecycle_phase.in_(RUNNING),
        gaps=[(func.lower(system.fallback).in_(NONE), Both("{name}: no fallback", "{name}: keine Rückfallebene"))],
        unknown=[(system.fallback == "", Both("{name}: fallback not recorded", "{name}: Rückfallebene nicht erfasst")),
                 (system.recovery_hours.is_(None), Both("{name}: recovery time not recorded", "{name}: Wiederanlaufzeit nicht erfasst"))],
        good=Both("{name}: {recovery_hours} h; {fallback}", "{name}: {recovery_hours} h; {fallback}"),
    )  # fmt: skip
