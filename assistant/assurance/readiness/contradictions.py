"""More that a lead auditor finds between two registers: decisions that are missing, people who left, training that does not go with access."""

from sqlalchemy import and_, func, literal, or_, select

from assistant.assurance.readiness.check import HOURS, MAJOR, OBSERVATION, Both, Outcome, check
from assistant.assurance.readiness.look import Look, gone, table, together
from knowledge.controls import ISO_2022
from knowledge.registers import Link

PLACE, TITLE = 12, Both("Contradictions between registers", "Widersprüche zwischen Registern")


@check(
    ("Did no internal auditor audit their own work?", "Hat niemand intern die eigene Arbeit auditiert?"),
    ("Internal auditor audited their own work", "Internes Audit der eigenen Arbeit"),
    (
        "Have that part audited again by somebody else, or by a colleague of another site.",
        "Diesen Teil durch jemand anderen oder einen anderen Standort neu auditieren lassen.",
    ),
    requirement="9.2.2",
    items="SR-163",
    weight=MAJOR,
    role="Plant manager",
)
def auditors_do_not_audit_their_own_work(look: Look) -> Outcome:
    audit, part, people = look.of("audit"), look.of("audit_check"), look.of("person")
    auditor = func.lower(audit.auditor).contains(func.lower(people.name))
    status, controlled = look.of("control_status"), table(Link).alias().c
    own_area = look.ids("audit_check", part.audit == audit.id, part.owner == people.id).correlate(audit.id.table, people.id.table).exists()
    own_control = (
        select(part.id)
        .where(look.seen("audit_check"), part.audit == audit.id, controlled.kind == "audit_check.controls", controlled.from_id == part.id)
        .where(literal(f"{ISO_2022}:").concat(status.id) == controlled.to_id, status.owner == people.id, look.seen("control_status"))
        .correlate(audit.id.table, people.id.table)
        .exists()
    )
    own = select(people.id).where(look.seen("person"), auditor, or_(own_area, own_control)).correlate(audit.id.table).exists()
    known = select(people.id).where(look.seen("person"), auditor).correlate(audit.id.table).exists()
    return look.judge(
        "audit",
        audit.type == "internal",
        audit.status == "done",
        gaps=[
            (
                own,
                Both(
                    "{title} of {start_date}: {auditor} answers for a part of what was audited",
                    "{title} vom {start_date}: {auditor} verantwortet einen Teil des Auditierten",
                ),
            )
        ],
        unknown=[
            (audit.auditor == "", Both("{title} of {start_date}: auditor not recorded", "{title} vom {start_date}: Auditor nicht erfasst")),
            (
                ~known,
                Both(
                    "{title} of {start_date}: {auditor} is no person of the registers",
                    "{title} vom {start_date}: {auditor} ist keine Person der Register",
                ),
            ),
        ],
        good=Both(
            "{title} of {start_date}: {auditor} answers for nothing that was audited",
            "{title} vom {start_date}: {auditor} verantwortet nichts vom Auditierten",
        ),
    )


@check(
    (
        "Has everybody with privileged or remote access a training that still counts?",
        "Hat jede Person mit privilegiertem oder Fernzugriff eine gültige Schulung?",
    ),
    ("Untrained people with access", "Zugriff ohne Schulung"),
    (
        "Train the person before the next session, or take the access until then.",
        "Die Person vor der nächsten Sitzung schulen oder den Zugang bis dahin nehmen.",
    ),
    requirement="7.2 7.3 A.6.3 A.8.2",
    items="SR-161 SR-212",
    weight=MAJOR,
    role="HR",
)
def access_goes_with_training(look: Look) -> Outcome:
    path, training = look.of("access_path"), look.of("training")
    current = look.ids(
        "training",
        training.owner.is_not(None),
        training.state == "done",
        or_(training.expires_on.is_(None), training.expires_on >= look.today),
    )
    trained = current.with_only_columns(training.owner)
    recorded = look.ids("training", training.owner.is_not(None)).with_only_columns(training.owner)
    return look.judge(
        "access_path",
        path.holder.is_not(None),
        path.kind.in_(("remote", "privileged", "user")),
        or_(path.expires_on.is_(None), path.expires_on >= look.today),
        gaps=[
            (
                path.holder.not_in(trained) & path.holder.in_(recorded),
                Both("{name}: its holder has no training that counts", "{name}: ohne gültige Schulung"),
            )
        ],
        unknown=[(path.holder.not_in(recorded), Both("{name}: no training of its holder is recorded", "{name}: keine Schulung erfasst"))],
        good=Both("{name}: its holder is trained; access until {expires_on}", "{name}: geschult; Zugang bis {expires_on}"),
    )


@check(
    ("Is nothing owned or held by somebody who has left?", "Gehört nichts jemandem, der gegangen ist?"),
    ("Rights or rows of people who have left", "Rechte oder Zeilen von Ausgeschiedenen"),
    ("Close the person's access today; hand each row to a new owner.", "Den Zugang der Person heute schließen; jede Zeile neu zuordnen."),
    requirement="A.5.9 A.5.11 A.5.18 A.6.5",
    items="SR-208",
    weight=MAJOR,
    effort=HOURS,
    role="HR",
)
def nothing_belongs_to_leavers(look: Look) -> Outcome:
    person = look.of("person")
    left = select(person.id).where(or_(person.retired_at.is_not(None), gone(person.department))).correlate(None)
    held = [
        look.judge(
            name,
            look.of(name)[column].is_not(None),
            good=Both("held by somebody who is here", "in Händen von Anwesenden"),
            gaps=[(look.of(name)[column].in_(left), _left(title))],
        )
        for name, column, title in _OWNED
    ]
    return together(*held)


def _left(title: str) -> Both:
    named = f"{{{title}}}"
    return Both(f"{named}: belongs to somebody who left", f"{named}: gehört jemandem, der ging")


_OWNED = (
    ("access_path", "holder", "name"),
    ("access_path", "owner", "name"),
    ("asset", "owner", "name"),
    ("ai_system", "owner", "name"),
    ("risk", "owner", "name"),
    ("firewall_rule", "owner", "name"),
    ("machine_identity", "owner", "name"),
    ("control_status", "owner", "how"),
    ("corrective_action", "owner", "title"),
)


@check(
    (
        "Are owner, class and protection needs recorded for each asset in scope?",
        "Sind für jedes Asset im Geltungsbereich Verantwortung, Klasse und Schutzbedarf erfasst?",
    ),
    ("Gaps in the asset register", "Lücken im Asset-Register"),
    ("Fill in what is missing; start with what is critical.", "Fehlendes ergänzen; mit dem Kritischen beginnen."),
    requirement="A.5.9 A.5.12",
    items="SR-190 SR-208",
    effort=HOURS,
    role="Asset owners",
)
def assets_are_complete(look: Look) -> Outcome:
    asset = look.of("asset")
    rated = and_(asset.confidentiality.is_not(None), asset.integrity.is_not(None), asset.availability.is_not(None))
    return look.judge(
        "asset",
        asset.in_scope.is_not(False),
        gaps=[(asset.owner.is_(None), Both("{name}: nobody owns it", "{name}: niemand ist verantwortlich"))],
        unknown=[
            (asset.in_scope.is_(None), Both("{name}: scope not decided", "{name}: Geltungsbereich nicht entschieden")),
            (~rated, Both("{name}: protection needs not rated", "{name}: Schutzbedarf nicht bewertet")),
            (asset.classification == "", Both("{name}: not classified", "{name}: nicht klassifiziert")),
        ],
        good=Both(
            "{name}: owned, rated, classified; changed {changed_at}", "{name}: verantwortet, bewertet, klassifiziert; geändert {changed_at}"
        ),
    )


@check(
    (
        "Is every cloud transfer recorded with class, region, encryption and contract?",
        "Ist jede Übertragung in die Cloud mit Klasse, Region, Verschlüsselung und Vertrag erfasst?",
    ),
    ("Cloud transfers incompletely recorded", "Cloud-Übertragungen unvollständig erfasst"),
    ("Fill in what is missing before the flow is approved again.", "Fehlendes ergänzen, bevor der Fluss erneut genehmigt wird."),
    requirement="A.5.14 A.5.23",
    items="SR-018 SR-030",
    role="IT security",
)
def cloud_transfers_complete(look: Look) -> Outcome:
    flow = look.of("data_flow")
    return look.judge(
        "data_flow",
        flow.cloud.is_(True),
        gaps=[
            (
                flow.allowed.is_(False),
                Both("{name}: not allowed, and still recorded as a transfer", "{name}: nicht erlaubt und doch als Übertragung geführt"),
            ),
            (
                flow.contract.is_(None) & flow.data_class.in_(("confidential", "strictly_confidential")),
                Both("{name}: {data_class} without a contract", "{name}: {data_class} ohne Vertrag"),
            ),
        ],
        unknown=[
            (
                or_(flow.data_class == "", flow.region == "", flow.encryption == "", flow.contract.is_(None), flow.allowed.is_(None)),
                Both(
                    "{name}: class, region, encryption, contract or permission not recorded",
                    "{name}: Klasse, Region, Verschlüsselung, Vertrag oder Erlaubnis nicht erfasst",
                ),
            )
        ],
        good=Both(
            "{name}: {region}, {encryption}, approved on {approved_on}", "{name}: {region}, {encryption}, genehmigt am {approved_on}"
        ),
    )


@check(
    (
        "Does each asset, AI system, supplier and risk stand in the registers once?",
        "Steht jedes Asset, KI-System, jeder Lieferant und jedes Risiko einmal in den Registern?",
    ),
    ("Rows recorded twice", "Doppelt erfasste Zeilen"),
    (
        "Keep the row that others link to, carry over what only the other says, and take that one out.",
        "Die verknüpfte Zeile behalten, Fehlendes übernehmen und die andere herausnehmen.",
    ),
    requirement="A.5.9 7.5.3",
    items="SR-208",
    weight=OBSERVATION,
    effort=HOURS,
    role="Asset owners",
)
def registers_hold_no_duplicates(look: Look) -> Outcome:
    return together(*(_duplicates(look, name) for name in ("asset", "ai_system", "supplier", "risk")))


def _duplicates(look: Look, name: str) -> Outcome:
    column = func.lower(look.of(name).name)
    twice = select(column).where(look.seen(name)).group_by(column).having(func.count() > 1).correlate(None)
    return look.judge(
        name,
        gaps=[(column.in_(twice), Both("“{name}” stands there more than once", "„{name}“ steht mehr als einmal da"))],
        good=Both("“{name}” stands there once", "„{name}“ steht einmal da"),
    )
