"""The plant's network, its identities and its patches: what IEC 62443 and the guide's part on OT ask for."""

from sqlalchemy import and_, func, or_, select

from assistant.assurance.readiness.check import HOURS, MAJOR, WEEKS, Both, Outcome, check
from assistant.assurance.readiness.look import Look, table
from knowledge.registers.assets import OT_CLASSES, Asset
from knowledge.registers.values import NONE

PLACE, TITLE = 4, Both("Plant network", "Anlagennetz")
_OFFICE_LEVEL, _CONTROL_LEVEL, _DMZ_LEVEL = 4, 2, 3.5
"""Purdue levels: from where the office begins, up to where control of machines goes, and that of the zone between."""


@check(
    ("Does each zone reach the security level that was set for it?", "Erreicht jede Zone die für sie gesetzte Sicherheitsstufe?"),
    ("Zones below their target level", "Zonen unter ihrer Zielstufe"),
    (
        "Plan what lifts the zone to its level, or lower the target with a reason from the risk assessment.",
        "Planen, was die Zone auf ihre Stufe hebt, oder das Ziel mit einem Grund aus der Risikobeurteilung senken.",
    ),
    requirement="A.8.22 A.8.20",
    items="SR-136 SR-170",
    effort=WEEKS,
    role="OT security engineer",
)
def zones_reach_their_level(look: Look) -> Outcome:
    zone = look.of("zone")
    return look.judge(
        "zone",
        zone.target_level.is_not(None) | zone.achieved_level.is_not(None) | (zone.kind == "conduit"),
        gaps=[
            (
                zone.achieved_level < zone.target_level,
                Both("{name}: level {achieved_level}, target {target_level}", "{name}: Stufe {achieved_level}, Ziel {target_level}"),
            )
        ],
        unknown=[
            (
                or_(zone.target_level.is_(None), zone.achieved_level.is_(None)),
                Both("{name}: a level is not recorded", "{name}: eine Stufe ist nicht erfasst"),
            )
        ],
        good=Both("{name}: level {achieved_level} of {target_level}", "{name}: Stufe {achieved_level} von {target_level}"),
    )


@check(
    (
        "Does each control system and edge device stand in a zone, apart from the office?",
        "Steht jedes Steuerungssystem und Edge-Gerät in einer Zone, getrennt vom Büro?",
    ),
    (
        "Insufficient segmentation: devices outside the zones or beside the office",
        "Unzureichende Trennung: Geräte außerhalb der Zonen oder neben dem Büro",
    ),
    (
        "Move the device into its zone, or take it off the network until it has one.",
        "Das Gerät in seine Zone setzen oder bis dahin vom Netz nehmen.",
    ),
    requirement="A.8.22 A.8.20",
    items="SR-136 SR-170",
    weight=MAJOR,
    role="OT security engineer",
)
def plant_devices_stand_in_zones(look: Look) -> Outcome:
    asset, other = look.of("asset"), table(Asset).alias().c
    office = (
        select(other.id)
        .where(other.zone == asset.zone, other.purdue_level >= _OFFICE_LEVEL, other.retired_at.is_(None))
        .where(other.id.in_(look.ids("asset")))
        .correlate(asset.id.table)
        .exists()
    )
    return look.judge(
        "asset",
        asset.asset_class.in_((*OT_CLASSES, "edge_ai_device")),
        asset.in_scope.is_not(False),
        gaps=[
            (asset.zone.is_(None), Both("{name}: in no zone", "{name}: in keiner Zone")),
            (
                and_(asset.purdue_level <= _CONTROL_LEVEL, office),
                Both("{name}: shares its zone with office systems", "{name}: teilt die Zone mit Bürosystemen"),
            ),
        ],
        good=Both("{name}: stands in a zone of its level", "{name}: steht in einer Zone seiner Ebene"),
    )


@check(
    ("Does each flow between zones pass a conduit?", "Läuft jeder Fluss zwischen Zonen über einen Conduit?"),
    ("Flows across zones without a conduit", "Flüsse über Zonengrenzen ohne Conduit"),
    ("Name the conduit and its boundary device, or close the flow.", "Conduit und Grenzgerät angeben oder den Fluss schließen."),
    requirement="A.8.22 A.8.20",
    items="SR-101 SR-170",
    role="OT security engineer",
)
def flows_pass_conduits(look: Look) -> Outcome:
    flow = look.of("data_flow")
    return look.judge(
        "data_flow",
        flow.from_zone.is_not(None),
        flow.to_zone.is_not(None),
        flow.from_zone != flow.to_zone,
        flow.allowed.is_not(False),
        gaps=[(flow.conduit.is_(None), Both("{name}: crosses zones without a conduit", "{name}: quert Zonen ohne Conduit"))],
        good=Both("{name}: through a conduit, approved on {approved_on}", "{name}: über einen Conduit, genehmigt am {approved_on}"),
    )


@check(
    (
        "Is each flow from the plant to AI approved, with direction and broker?",
        "Ist jeder Fluss von der Anlage zur KI genehmigt, mit Richtung und Vermittler?",
    ),
    ("Flows to AI without approval", "Flüsse zur KI ohne Genehmigung"),
    (
        "Have OT security approve the flow, push outwards through the broker, or stop it.",
        "Den Fluss durch die OT-Sicherheit genehmigen lassen, nach außen über den Broker schieben, oder anhalten.",
    ),
    requirement="A.5.14 A.8.22",
    items="SR-137",
    role="OT security engineer",
)
def flows_to_ai_are_approved(look: Look) -> Outcome:
    flow = look.of("data_flow")
    return look.judge(
        "data_flow",
        flow.ai_system.is_not(None),
        flow.allowed.is_not(False),
        gaps=[(flow.approver.is_(None), Both("{name}: nobody approved it", "{name}: niemand genehmigte ihn"))],
        unknown=[
            (
                or_(flow.approved_on.is_(None), flow.direction == ""),
                Both("{name}: direction or day of approval not recorded", "{name}: Richtung oder Tag der Genehmigung nicht erfasst"),
            )
        ],
        stale=[
            (
                flow.review_date < look.today,
                Both("{name}: review was due on {review_date}", "{name}: Überprüfung war am {review_date} fällig"),
            )
        ],
        good=Both(
            "{name}: approved on {approved_on}, next review {review_date}",
            "{name}: genehmigt am {approved_on}, nächste Überprüfung {review_date}",
        ),
    )


@check(
    ("Does each historian stand in the zone between plant and office?", "Steht jeder Historian in der Zone zwischen Anlage und Büro?"),
    ("Historian outside the DMZ", "Historian außerhalb der DMZ"),
    (
        "Move the historian, or a copy of it that the office reads, into the DMZ.",
        "Den Historian, oder eine Kopie fürs Büro, in die DMZ setzen.",
    ),
    requirement="A.8.22",
    items="SR-138",
    effort=WEEKS,
    role="OT security engineer",
)
def historians_stand_in_the_dmz(look: Look) -> Outcome:
    asset, zone = look.of("asset"), look.of("zone")
    named = func.coalesce(asset.zone, "").in_(look.ids("zone", func.lower(zone.name).contains("dmz")))
    between = or_(named, func.coalesce(asset.purdue_level, 0) == _DMZ_LEVEL)
    return look.judge(
        "asset",
        asset.asset_class == "historian",
        gaps=[(~between & asset.zone.is_not(None), Both("{name}: its zone is no DMZ", "{name}: seine Zone ist keine DMZ"))],
        unknown=[
            (
                ~between & asset.zone.is_(None),
                Both("{name}: zone not recorded", "{name}: Zone nicht erfasst"),
            )
        ],
        good=Both("{name}: stands in the DMZ", "{name}: steht in der DMZ"),
    )


@check(
    (
        "Has each firewall rule an owner and an end that is not past?",
        "Hat jede Firewallregel eine verantwortliche Person und ein Ende, das nicht vorbei ist?",
    ),
    ("Firewall rules expired or without an owner", "Firewallregeln abgelaufen oder ohne verantwortliche Person"),
    ("Have the owner confirm the rule with a new end, or take it out.", "Die Regel mit neuem Ende bestätigen lassen oder herausnehmen."),
    requirement="A.8.20 A.8.22",
    items="SR-139",
    effort=HOURS,
    role="OT security engineer",
)
def firewall_rules_in_force(look: Look) -> Outcome:
    rule = look.of("firewall_rule")
    return look.judge(
        "firewall_rule",
        gaps=[
            (rule.expires_on < look.today, Both("{name}: ended on {expires_on}", "{name}: endete am {expires_on}")),
            (rule.owner.is_(None), Both("{name}: nobody owns it", "{name}: niemand ist verantwortlich")),
        ],
        unknown=[(rule.expires_on.is_(None), Both("{name}: no end recorded", "{name}: kein Ende erfasst"))],
        stale=[(rule.last_review < look.ago(), Both("{name}: last reviewed on {last_review}", "{name}: zuletzt geprüft am {last_review}"))],
        good=Both("{name}: until {expires_on}, reviewed on {last_review}", "{name}: bis {expires_on}, geprüft am {last_review}"),
    )


@check(
    (
        "Is each industrial protocol that may write protected, or covered by a compensating measure?",
        "Ist jedes schreibende Industrieprotokoll geschützt oder durch eine Ersatzmaßnahme abgedeckt?",
    ),
    ("Unprotected industrial protocols", "Ungeschützte Industrieprotokolle"),
    (
        "Switch the protected mode on (sign and encrypt), or put a gateway in front and record it with its end.",
        "Den geschützten Modus einschalten (signieren und verschlüsseln) oder ein Gateway davorsetzen und mit Ende erfassen.",
    ),
    requirement="A.8.20 A.8.21 A.8.24",
    items="SR-104",
    role="OT security engineer",
)
def industrial_protocols_protected(look: Look) -> Outcome:
    flow = look.of("data_flow")
    bare = or_(func.lower(flow.protection).in_(NONE), func.lower(flow.protection).startswith("none"))
    return look.judge(
        "data_flow",
        or_(flow.to_plc.is_(True), flow.writes.is_(True)),
        gaps=[
            (bare & flow.compensating_measure.is_(None), Both("{name}: {protocol} without protection", "{name}: {protocol} ohne Schutz"))
        ],
        unknown=[
            (flow.protection == "", Both("{name}: protection of {protocol} not recorded", "{name}: Schutz von {protocol} nicht erfasst"))
        ],
        good=Both(
            "{name}: {protocol}, {protection}, approved on {approved_on}", "{name}: {protocol}, {protection}, genehmigt am {approved_on}"
        ),
    )
