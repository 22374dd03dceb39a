"""Models, their releases, and changes: what runs is what was released, validated and approved, on data that was checked."""

from sqlalchemy import func, not_, or_

from assistant.assurance.readiness.check import HOURS, MAJOR, Both, Outcome, check
from assistant.assurance.readiness.look import Look, together
from knowledge.registers.values import NONE

PLACE, TITLE = 3, Both("Models, releases and changes", "Modelle, Freigaben und Änderungen")


@check(
    ("Does what runs equal what was released, by its hash?", "Stimmt, was läuft, mit dem Freigegebenen überein, nach seinem Hash?"),
    ("Deployed model differs from the released one", "Ausgerolltes Modell weicht vom freigegebenen ab"),
    (
        "Stop the model, fall back to the manual check, find out who changed what, and treat it as an incident.",
        "Das Modell anhalten, auf die Prüfung von Hand ausweichen, klären, wer was geändert hat, und es als Vorfall behandeln.",
    ),
    requirement="A.8.9 A.8.19 A.8.32",
    items="SR-098",
    weight=MAJOR,
    effort=HOURS,
    role="ML platform owner",
)
def deployed_models_match_their_release(look: Look) -> Outcome:
    release = look.of("release")
    matches = look.computed("release", "hash_matches")
    return look.judge(
        "release",
        release.state == "deployed",
        gaps=[
            (
                not_(matches),
                Both("{version} of {deployed_on}: deployed hash differs", "{version} vom {deployed_on}: ausgerollter Hash weicht ab"),
            )
        ],
        unknown=[(matches.is_(None), Both("{version} of {deployed_on}: a hash is missing", "{version} vom {deployed_on}: ein Hash fehlt"))],
        good=Both("{version} of {deployed_on}: hashes agree", "{version} vom {deployed_on}: Hashes gleich"),
    )


@check(
    (
        "Was each model in use released with change, validation report, signer, approval and way back?",
        "Wurde jedes eingesetzte Modell mit Änderung, Validierung, Unterschrift, Freigabe und Rückweg freigegeben?",
    ),
    ("Model releases without a change record or approval", "Modellfreigaben ohne Änderungsnachweis oder Freigabe"),
    (
        "Open the change after the fact and say so, have the release approved by somebody else, and close the way by which it went past.",
        "Die Änderung nachträglich anlegen und so kennzeichnen, von jemand anderem freigeben lassen und den Weg daran vorbei schließen.",
    ),
    requirement="A.8.32 A.8.29 iso42001:A.6.2.5",
    items="SR-099 SR-105 SR-107 SR-108 SR-133 SR-171",
    role="ML platform owner",
)
def releases_follow_change_management(look: Look) -> Outcome:
    release = look.of("release")
    return look.judge(
        "release",
        or_(release.deployed_on.is_not(None), release.state == "deployed"),
        gaps=[
            (
                release.change.is_(None),
                Both("{version} of {deployed_on}: no change record", "{version} vom {deployed_on}: kein Änderungsnachweis"),
            ),
            (
                release.approver.is_(None),
                Both("{version} of {deployed_on}: nobody approved it", "{version} vom {deployed_on}: niemand gab frei"),
            ),
            (
                release.approved_on > release.deployed_on,
                Both(
                    "{version}: deployed on {deployed_on}, approved on {approved_on}",
                    "{version}: ausgerollt am {deployed_on}, freigegeben am {approved_on}",
                ),
            ),
            (
                release.validator.is_(None),
                Both("{version}: nobody signed the validation", "{version}: niemand unterschrieb die Validierung"),
            ),
            (release.rollback == "", Both("{version}: no way back is described", "{version}: kein Rückweg beschrieben")),
        ],
        good=Both(
            "{version}: validated {validated_on}, approved {approved_on}, deployed {deployed_on}",
            "{version}: validiert {validated_on}, freigegeben {approved_on}, ausgerollt {deployed_on}",
        ),
    )


@check(
    (
        "Does nobody develop a model and also approve, validate or deploy it alone?",
        "Entwickelt niemand ein Modell und gibt es auch selbst frei oder rollt es aus?",
    ),
    ("Developer released their own model", "Entwickler gab das eigene Modell frei"),
    (
        "Have the release looked at again by a second person, and take the right to release from developers.",
        "Die Freigabe durch eine zweite Person nachholen und Entwicklern das Freigaberecht entziehen.",
    ),
    requirement="A.5.3 A.8.31",
    items="SR-096",
    role="AI governance lead",
)
def developers_do_not_release_their_own(look: Look) -> Outcome:
    release = look.of("release")
    alone = or_(release.developer == release.approver, release.developer == release.validator, release.developer == release.deployer)
    return look.judge(
        "release",
        or_(release.deployed_on.is_not(None), release.state == "deployed"),
        gaps=[
            (
                alone,
                Both(
                    "{version} of {deployed_on}: the developer also validated, approved or deployed it",
                    "{version} vom {deployed_on}: wer entwickelte, validierte, gab frei oder rollte aus",
                ),
            )
        ],
        unknown=[(release.developer.is_(None), Both("{version}: developer not recorded", "{version}: Entwickler nicht erfasst"))],
        good=Both(
            "{version} of {deployed_on}: developed, approved and deployed by different people",
            "{version} vom {deployed_on}: von verschiedenen Personen entwickelt, freigegeben und ausgerollt",
        ),
    )


@check(
    (
        "Was each model in use tested against manipulated inputs before its release?",
        "Wurde jedes eingesetzte Modell vor der Freigabe gegen manipulierte Eingaben geprüft?",
    ),
    ("Models released without a security test", "Modelle ohne Sicherheitstest freigegeben"),
    (
        "Run the manipulation set against the model and attach the report to the release.",
        "Den Manipulationssatz gegen das Modell laufen lassen und den Bericht anhängen.",
    ),
    requirement="A.8.29 iso42001:A.6.2.4",
    items="SR-106",
    role="ML engineering lead",
)
def models_tested_against_manipulation(look: Look) -> Outcome:
    release = look.of("release")
    return look.judge(
        "release",
        release.state == "deployed",
        gaps=[
            (
                func.lower(release.adversarial_test).in_((*NONE, "not done", "nicht erfolgt")),
                Both("{version}: security test not done", "{version}: kein Sicherheitstest"),
            )
        ],
        unknown=[
            (release.adversarial_test == "", Both("{version}: security test not recorded", "{version}: Sicherheitstest nicht erfasst"))
        ],
        good=Both("{version} of {validated_on}: {adversarial_test}", "{version} vom {validated_on}: {adversarial_test}"),
    )


@check(
    (
        "Was the integrity of each training data set checked in the last three months?",
        "Wurde die Integrität jedes Trainingsdatensatzes in den letzten drei Monaten geprüft?",
    ),
    ("Training data without a current integrity check", "Trainingsdaten ohne aktuelle Integritätsprüfung"),
    (
        "Record the hash of the released data set and compare it; no training before the comparison passed.",
        "Hash des freigegebenen Datensatzes erfassen und vergleichen; kein Training vor bestandenem Vergleich.",
    ),
    requirement="A.8.3 A.8.16 iso42001:A.7.4",
    items="SR-070 SR-131 SR-134",
    role="Data stewards",
)
def training_data_integrity_checked(look: Look) -> Outcome:
    asset = look.of("asset")
    return look.judge(
        "asset",
        asset.asset_class == "training_dataset",
        asset.in_scope.is_not(False),
        stale=[
            (
                asset.hash_checked_on < look.ago(92),
                Both("{name}: hash last checked on {hash_checked_on}", "{name}: Hash zuletzt geprüft am {hash_checked_on}"),
            )
        ],
        gaps=[(asset.content_hash.in_(NONE), Both("{name}: no hash is kept", "{name}: kein Hash geführt"))],
        unknown=[
            (asset.hash_checked_on.is_(None), Both("{name}: no integrity check recorded", "{name}: keine Integritätsprüfung erfasst"))
        ],
        good=Both("{name}: hash checked on {hash_checked_on}", "{name}: Hash geprüft am {hash_checked_on}"),
    )


@check(
    (
        "Are pipelines signed and scanned, their secrets in a vault, and development kept apart from production?",
        "Sind Pipelines signiert und geprüft, ihre Geheimnisse im Tresor und Entwicklung von Produktion getrennt?",
    ),
    ("Pipelines or development environments not secured", "Pipelines oder Entwicklungsumgebungen nicht gesichert"),
    (
        "Add the missing step to the pipeline; take production data and rights out of development.",
        "Den fehlenden Schritt in die Pipeline bringen; Produktionsdaten und -rechte aus der Entwicklung nehmen.",
    ),
    requirement="A.8.25 A.8.28 A.8.31",
    items="SR-077 SR-097",
    role="ML engineering lead",
)
def pipelines_are_secured(look: Look) -> Outcome:
    asset = look.of("asset")
    steps = (asset.signing, asset.scanning, asset.secrets_kept)
    pipelines = look.judge(
        "asset",
        asset.asset_class == "feature_pipeline",
        gaps=[
            (
                or_(*(step.is_(False) for step in steps)),
                Both(
                    "{name}: not signed, not scanned, or secrets outside the vault",
                    "{name}: nicht signiert, nicht geprüft, oder Geheimnisse außerhalb des Tresors",
                ),
            )
        ],
        unknown=[
            (
                or_(*(step.is_(None) for step in steps)),
                Both("{name}: signing, scanning or secrets not recorded", "{name}: Signierung, Prüfung oder Geheimnisse nicht erfasst"),
            )
        ],
        good=Both("{name}: signed, scanned, secrets in the vault", "{name}: signiert, geprüft, Geheimnisse im Tresor"),
    )
    environments = look.judge(
        "asset",
        asset.asset_class == "development_environment",
        gaps=[(asset.separated.is_(False), Both("{name}: not apart from production", "{name}: nicht von der Produktion getrennt"))],
        unknown=[(asset.separated.is_(None), Both("{name}: separation not recorded", "{name}: Trennung nicht erfasst"))],
        good=Both("{name}: apart from production", "{name}: von der Produktion getrennt"),
    )
    return together(pipelines, environments)


@check(
    (
        "Was each change approved by somebody else before it was made?",
        "Wurde jede Änderung vor der Ausführung von jemand anderem genehmigt?",
    ),
    ("Changes made before or without approval", "Änderungen vor oder ohne Genehmigung ausgeführt"),
    (
        "Look at the change again with its approver, say in the record that it went ahead of the approval, and why; emergencies have their own way.",
        "Die Änderung mit der genehmigenden Person nachprüfen, im Nachweis sagen, dass sie vor der Genehmigung lief, und warum; Notfälle haben ihren eigenen Weg.",
    ),
    requirement="A.8.32 8.1",
    role="IT and OT change managers",
)
def changes_approved_first(look: Look) -> Outcome:
    change = look.of("change")
    return look.judge(
        "change",
        or_(change.state == "done", change.done_on.is_not(None)),
        gaps=[
            (
                (change.approved_on > change.done_on) & change.emergency.is_not(True),
                Both(
                    "{title}: done on {done_on}, approved on {approved_on}", "{title}: ausgeführt am {done_on}, genehmigt am {approved_on}"
                ),
            ),
            (change.approver.is_(None), Both("{title}, {done_on}: nobody approved it", "{title}, {done_on}: niemand genehmigte sie")),
            (
                change.approver == change.requester,
                Both("{title}, {done_on}: approved by who asked for it", "{title}, {done_on}: von der beantragenden Person genehmigt"),
            ),
        ],
        unknown=[
            (
                change.approved_on.is_(None),
                Both("{title}, {done_on}: day of approval not recorded", "{title}, {done_on}: Tag der Genehmigung nicht erfasst"),
            )
        ],
        good=Both("{title}: approved on {approved_on}, done on {done_on}", "{title}: genehmigt am {approved_on}, ausgeführt am {done_on}"),
    )
