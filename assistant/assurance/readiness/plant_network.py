"""The plant's network, its identities and its patches: what IEC 62443 and the guide's part on OT ask for."""

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import aliased

from assistant.assurance.readiness.check import HOURS, MAJOR, OBSERVATION, WEEKS, Both, Outcome, Proof, check
from assistant.assurance.readiness.look import Look, nothing
from knowledge.registers import REGISTERS, Link, MaintenanceWindow
from knowledge.registers.assets import OT_CLASSES

PLACE, TITLE = 3, Both("Plant network, identities and patches", "Anlagennetz, Identitäten und Patches")
WAYS_IN = ("remote", "privileged")
_OFFICE_LEVEL, _CONTROL_LEVEL, _DMZ_LEVEL = 4, 2, 3.5
"""Purdue levels: from where the office begins, up to where control of machines goes, and that of the zone between."""


@check(
    ("Does each zone reach the security level that was set for it?", "Erreicht jede Zone die für sie gesetzte Sicherheitsstufe?"),
    ("Zones below their target level", "Zonen unter ihrer Zielstufe"),
    ("Plan what lifts the zone to its level, or lower the target with a reason from the risk assessment.",
     "Planen, was die Zone auf ihre Stufe hebt, oder das Ziel mit einem Grund aus der Risikobeurteilung senken."),
    requirement="A.8.22 A.8.20", items="SR-136 SR-170", effort=WEEKS, role="OT security engineer",
)  # fmt: skip
def zones_reach_their_level(look: Look) -> Outcome:
    zone = look.of("zone")
    return look.judge(
        "zone", zone.target_level.is_not(None) | zone.achieved_level.is_not(None) | (zone.kind == "conduit"),
        gaps=[(zone.achieved_level < zone.target_level, Both("{name}: level {achieved_level}, target {target_level}", "{name}: Stufe {achieved_level}, Ziel {target_level}"))],
        unknown=[(or_(zone.target_level.is_(None), zone.achieved_level.is_(None)), Both("{name}: a level is not recorded", "{name}: eine Stufe ist nicht erfasst"))],
        good=Both("{name}: level {achieved_level} of {target_level}", "{name}: Stufe {achieved_level} von {target_level}"),
    )  # fmt: skip


@check(
    ("Does each control system and edge device stand in a zone, apart from the office?", "Steht jedes Steuerungssystem und Edge-Gerät in einer Zone, getrennt vom Büro?"),
    ("Insufficient segmentation: devices outside the zones or beside the office", "Unzureichende Trennung: Geräte außerhalb der Zonen oder neben dem Büro"),
    ("Move the device into its zone, or take it off the network until it has one.", "Das Gerät in seine Zone setzen oder bis dahin vom Netz nehmen."),
    requirement="A.8.22 A.8.20", items="SR-136 SR-170", weight=MAJOR, role="OT security engineer",
)  # fmt: skip
def plant_devices_stand_in_zones(look: Look) -> Outcome:
    asset, other = look.of("asset"), aliased(REGISTERS["asset"].model)
    office = (
        select(other.id).where(other.zone == asset.zone, other.purdue_level >= _OFFICE_LEVEL, other.retired_at.is_(None))
        .where(other.id.in_(look.ids("asset"))).correlate(asset.id.table).exists()
    )  # fmt: skip
    return look.judge(
        "asset", asset.asset_class.in_((*OT_CLASSES, "edge_ai_device")), asset.in_scope.is_not(False),
        gaps=[(asset.zone.is_(None), Both("{name}: in no zone", "{name}: in keiner Zone")),
              (and_(asset.purdue_level <= _CONTROL_LEVEL, office), Both("{name}: shares its zone with office systems", "{name}: teilt die Zone mit Bürosystemen"))],
        good=Both("{name}: stands in a zone of its level", "{name}: steht in einer Zone seiner Ebene"),
    )  # fmt: skip


@check(
    ("Does each flow between zones pass a conduit?", "Läuft jeder Fluss zwischen Zonen über einen Conduit?"),
    ("Flows across zones without a conduit", "Flüsse über Zonengrenzen ohne Conduit"),
    ("Name the conduit and its boundary device, or close the flow.", "Conduit und Grenzgerät angeben oder den Fluss schließen."),
    requirement="A.8.22 A.8.20", items="SR-101 SR-170", role="OT security engineer",
)  # fmt: skip
def flows_pass_conduits(look: Look) -> Outcome:
    flow = look.of("data_flow")
    return look.judge(
        "data_flow", flow.from_zone.is_not(None), flow.to_zone.is_not(None), flow.from_zone != flow.to_zone, flow.allowed.is_not(False),
        gaps=[(flow.conduit.is_(None), Both("{name}: crosses zones without a conduit", "{name}: quert Zonen ohne Conduit"))],
        good=Both("{name}: through a conduit, approved on {approved_on}", "{name}: über einen Conduit, genehmigt am {approved_on}"),
    )  # fmt: skip


@check(
    ("Is each flow from the plant to AI approved, with direction and broker?", "Ist jeder Fluss von der Anlage zur KI genehmigt, mit Richtung und Vermittler?"),
    ("Flows to AI without approval", "Flüsse zur KI ohne Genehmigung"),
    ("Have OT security approve the flow, push outwards through the broker, or stop it.", "Den Fluss durch die OT-Sicherheit genehmigen lassen, nach außen über den Broker schieben, oder anhalten."),
    requirement="A.5.14 A.8.22", items="SR-137", role="OT security engineer",
)  # fmt: skip
def flows_to_ai_are_approved(look: Look) -> Outcome:
    flow = look.of("data_flow")
    return look.judge(
        "data_flow", flow.ai_system.is_not(None), flow.allowed.is_not(False),
        gaps=[(flow.approver.is_(None), Both("{name}: nobody approved it", "{name}: niemand genehmigte ihn"))],
        unknown=[(or_(flow.approved_on.is_(None), flow.direction == ""), Both("{name}: direction or day of approval not recorded", "{name}: Richtung oder Tag der Genehmigung nicht erfasst"))],
        stale=[(flow.review_date < look.today, Both("{name}: review was due on {review_date}", "{name}: Überprüfung war am {review_date} fällig"))],
        good=Both("{name}: approved on {approved_on}, next review {review_date}", "{name}: genehmigt am {approved_on}, nächste Überprüfung {review_date}"),
    )  # fmt: skip


@check(
    ("Does each historian stand in the zone between plant and office?", "Steht jeder Historian in der Zone zwischen Anlage und Büro?"),
    ("Historian outside the DMZ", "Historian außerhalb der DMZ"),
    ("Move the historian, or a copy of it that the office reads, into the DMZ.", "Den Historian, oder eine Kopie fürs Büro, in die DMZ setzen."),
    requirement="A.8.22", items="SR-138", effort=WEEKS, role="OT security engineer",
)  # fmt: skip
def historians_stand_in_the_dmz(look: Look) -> Outcome:
    asset, zone = look.of("asset"), look.of("zone")
    named = asset.zone.in_(look.ids("zone", func.lower(zone.name).contains("dmz")))
    between = or_(named, asset.purdue_level == _DMZ_LEVEL)
    return look.judge(
        "asset", asset.asset_class == "historian",
        gaps=[(~between & asset.zone.is_not(None), Both("{name}: its zone is no DMZ", "{name}: seine Zone ist keine DMZ"))],
        unknown=[(~named & asset.zone.is_(None) & or_(asset.purdue_level.is_(None), asset.purdue_level != _DMZ_LEVEL),
                  Both("{name}: zone not recorded", "{name}: Zone nicht erfasst"))],
        good=Both("{name}: stands in the DMZ", "{name}: steht in der DMZ"),
    )  # fmt: skip


@check(
    ("Has each firewall rule an owner and an end that is not past?", "Hat jede Firewallregel eine verantwortliche Person und ein Ende, das nicht vorbei ist?"),
    ("Firewall rules expired or without an owner", "Firewallregeln abgelaufen oder ohne verantwortliche Person"),
    ("Have the owner confirm the rule with a new end, or take it out.", "Die Regel mit neuem Ende bestätigen lassen oder herausnehmen."),
    requirement="A.8.20 A.8.22", items="SR-139", effort=HOURS, role="OT security engineer",
)  # fmt: skip
def firewall_rules_in_force(look: Look) -> Outcome:
    rule = look.of("firewall_rule")
    return look.judge(
        "firewall_rule",
        gaps=[(rule.expires_on < look.today, Both("{name}: ended on {expires_on}", "{name}: endete am {expires_on}")),
              (rule.owner.is_(None), Both("{name}: nobody owns it", "{name}: niemand ist verantwortlich"))],
        unknown=[(rule.expires_on.is_(None), Both("{name}: no end recorded", "{name}: kein Ende erfasst"))],
        stale=[(rule.last_review < look.ago(), Both("{name}: last reviewed on {last_review}", "{name}: zuletzt geprüft am {last_review}"))],
        good=Both("{name}: until {expires_on}, reviewed on {last_review}", "{name}: bis {expires_on}, geprüft am {last_review}"),
    )  # fmt: skip


@check(
    ("Do plant and AI systems take their accounts from a directory rather than from local lists?", "Nehmen Anlagen- und KI-Systeme ihre Konten aus einem Verzeichnis statt aus lokalen Listen?"),
    ("Systems with local accounts only", "Systeme mit nur lokalen Konten"),
    ("Connect the system to the directory, or keep its local accounts in the safe and in the review.", "Das System ans Verzeichnis anbinden oder lokale Konten in Tresor und Prüfung führen."),
    requirement="A.5.16 A.5.17", items="SR-140", weight=OBSERVATION, effort=WEEKS, role="IT security",
)  # fmt: skip
def accounts_come_from_a_directory(look: Look) -> Outcome:
    path = look.of("access_path")
    return look.judge(
        "access_path", path.kind.in_((*WAYS_IN, "user")),
        gaps=[(func.lower(path.identity_source).contains("local") | func.lower(path.identity_source).contains("lokal"),
               Both("{name}: {identity_source}", "{name}: {identity_source}"))],
        unknown=[(path.identity_source == "", Both("{name}: identity source not recorded", "{name}: Identitätsquelle nicht erfasst"))],
        good=Both("{name}: {identity_source}, reviewed on {last_review}", "{name}: {identity_source}, geprüft am {last_review}"),
    )  # fmt: skip


@check(
    ("Has each machine identity an owner, and was its secret changed in time?", "Hat jede Maschinenidentität eine verantwortliche Person, und wurde ihr Geheimnis rechtzeitig gewechselt?"),
    ("Machine identities whose change is overdue", "Maschinenidentitäten mit überfälligem Wechsel"),
    ("Change the key or password, and record the day of the next change.", "Schlüssel oder Passwort wechseln und den nächsten Termin erfassen."),
    requirement="A.5.16 A.5.17 A.8.24", items="SR-141", effort=HOURS, role="IT security",
)  # fmt: skip
def machine_identities_rotated(look: Look) -> Outcome:
    one = look.of("machine_identity")
    return look.judge(
        "machine_identity",
        gaps=[(one.rotation_due < look.today, Both("{name}: change was due on {rotation_due}", "{name}: Wechsel war am {rotation_due} fällig")),
              (one.owner.is_(None), Both("{name}: nobody owns it", "{name}: niemand ist verantwortlich"))],
        unknown=[(one.rotation_due.is_(None), Both("{name}: no day for its change", "{name}: kein Termin für den Wechsel"))],
        good=Both("{name}: next change {rotation_due}", "{name}: nächster Wechsel {rotation_due}"),
    )  # fmt: skip


@check(
    ("Are all certificates of the plant valid?", "Sind alle Zertifikate der Anlage gültig?"),
    ("Certificates expired", "Zertifikate abgelaufen"),
    ("Renew the certificate in the next window; look for others of the same issuer.", "Das Zertifikat im nächsten Fenster erneuern; nach weiteren desselben Ausstellers sehen."),
    requirement="A.5.17 A.8.24", items="SR-142", effort=HOURS, role="OT security engineer",
)  # fmt: skip
def plant_certificates_valid(look: Look) -> Outcome:
    one = look.of("machine_identity")
    return look.judge(
        "machine_identity", one.kind == "certificate",
        gaps=[(one.expires_on < look.today, Both("{name}: expired on {expires_on}", "{name}: abgelaufen am {expires_on}"))],
        unknown=[(one.expires_on.is_(None), Both("{name}: end not recorded", "{name}: Ende nicht erfasst"))],
        good=Both("{name}: valid until {expires_on}", "{name}: gültig bis {expires_on}"),
    )  # fmt: skip


@check(
    ("Was each remote or privileged session approved?", "Wurde jede Fern- oder privilegierte Sitzung genehmigt?"),
    ("Sessions without approval", "Sitzungen ohne Genehmigung"),
    ("Ask who let the session in, watch its recording, and close the way without approval.", "Klären, wer die Sitzung zuließ, die Aufzeichnung ansehen und den Weg ohne Genehmigung schließen."),
    requirement="A.8.2 A.5.19", items="SR-143", effort=HOURS, role="OT security engineer",
)  # fmt: skip
def sessions_approved(look: Look) -> Outcome:
    path = look.of("access_path")
    return look.judge(
        "access_path", path.kind == "session",
        gaps=[(path.approver.is_(None), Both("{name}, {last_used}: nobody approved it", "{name}, {last_used}: niemand genehmigte sie"))],
        unknown=[(path.approved_on.is_(None), Both("{name}, {last_used}: day of approval not recorded", "{name}, {last_used}: Tag der Genehmigung nicht erfasst"))],
        good=Both("{name}: approved on {approved_on}", "{name}: genehmigt am {approved_on}"),
    )  # fmt: skip


@check(
    ("Is it known of each control system when it was patched, or why a patch waits?", "Ist für jedes Steuerungssystem bekannt, wann es gepatcht wurde oder warum ein Patch wartet?"),
    ("Patch state of control systems unknown or old", "Patchstand von Steuerungen unbekannt oder alt"),
    ("Record the last patch, or the constraint (validated, maker, safety, line stop) and the measure that stands in.",
     "Letzten Patch erfassen, oder das Hindernis (validiert, Hersteller, Safety, Stillstand) und die Ersatzmaßnahme."),
    requirement="A.8.8", items="SR-144", role="OT operations",
)  # fmt: skip
def patch_state_is_known(look: Look) -> Outcome:
    asset = look.of("asset")
    waits = asset.patch_constraint.not_in(("", "none"))
    return look.judge(
        "asset", asset.asset_class.in_(OT_CLASSES), asset.asset_class != "ot_network",
        gaps=[(~waits & (asset.patched_on < look.ago()), Both("{name}: last patched on {patched_on}, no constraint named", "{name}: zuletzt gepatcht am {patched_on}, kein Hindernis genannt"))],
        unknown=[(~waits & asset.patched_on.is_(None), Both("{name}: neither patch nor constraint recorded", "{name}: weder Patch noch Hindernis erfasst"))],
        good=Both("{name}: patched on {patched_on}, constraint {patch_constraint}", "{name}: gepatcht am {patched_on}, Hindernis {patch_constraint}"),
    )  # fmt: skip


@check(
    ("Are all virtual patches and other compensating measures inside their time?", "Sind alle virtuellen Patches und Ersatzmaßnahmen innerhalb ihrer Zeit?"),
    ("Virtual patches past their end", "Virtuelle Patches über ihrem Ende"),
    ("Look whether the measure still works, then renew it with an approver or replace it by the patch.", "Prüfen, ob die Maßnahme noch wirkt; mit Freigabe verlängern oder durch den Patch ersetzen."),
    requirement="A.8.8 A.8.32", items="SR-145", weight=MAJOR, role="OT security engineer",
)  # fmt: skip
def virtual_patches_in_time(look: Look) -> Outcome:
    one = look.of("compensating_measure")
    return look.judge(
        "compensating_measure",
        gaps=[(look.computed("compensating_measure", "expired"), Both("{title}: ended on {expires_on}", "{title}: endete am {expires_on}")),
              (one.approver.is_(None), Both("{title}: nobody approved it", "{title}: niemand genehmigte sie"))],
        unknown=[(one.expires_on.is_(None), Both("{title}: no end recorded", "{title}: kein Ende erfasst"))],
        stale=[(one.review_date < look.today, Both("{title}: review was due on {review_date}", "{title}: Überprüfung war am {review_date} fällig"))],
        good=Both("{title}: until {expires_on}, next review {review_date}", "{title}: bis {expires_on}, nächste Überprüfung {review_date}"),
    )  # fmt: skip


@check(
    ("Is each running AI system linked to the procedure by which it is updated?", "Ist jedes laufende KI-System mit seinem Verfahren für Updates verknüpft?"),
    ("AI systems without an update procedure", "KI-Systeme ohne Verfahren für Updates"),
    ("Link the procedure; where the maker updates by himself, write down how you learn of it and test it.",
     "Das Verfahren verknüpfen; aktualisiert der Hersteller selbst, festhalten, wie man davon erfährt und es prüft."),
    requirement="A.8.32 A.8.8 iso42001:A.6.2.5", items="SR-146", effort=HOURS, role="AI governance lead",
)  # fmt: skip
def ai_updates_follow_a_procedure(look: Look) -> Outcome:
    system = look.of("ai_system")
    return look.judge(
        "ai_system", system.lifecycle_phase.in_(("deployment", "operation")),
        gaps=[(~system.procedure.in_(look.ids("document")) | system.procedure.is_(None), Both("{name}: no procedure linked", "{name}: kein Verfahren verknüpft"))],
        good=Both("{name}: {procedure}", "{name}: {procedure}"),
    )  # fmt: skip


@check(
    ("Are the coming maintenance windows free of conflicts?", "Sind die kommenden Wartungsfenster frei von Konflikten?"),
    ("Two maintenance windows on the same system at the same time", "Zwei Wartungsfenster am selben System zur selben Zeit"),
    ("Move one of the two, with production and everybody who works in it.", "Eins der beiden verschieben, mit Produktion und allen Beteiligten."),
    requirement="A.8.32", items="SR-147", effort=HOURS, role="OT operations",
)  # fmt: skip
def maintenance_windows_do_not_clash(look: Look) -> Outcome:
    coming = (look.of("maintenance_window").ends_at >= look.midnight(),)
    rows = look.count("maintenance_window", *coming)
    if not rows:
        return nothing(REGISTERS["maintenance_window"])
    one, other, here, there = aliased(MaintenanceWindow), aliased(MaintenanceWindow), aliased(Link), aliased(Link)
    seen = look.ids("maintenance_window", *coming)
    wanted = (
        select(one.id, one.title, other.id, other.title, one.owner)
        .join(here, and_(here.kind == "maintenance_window.assets", here.from_id == one.id))
        .join(there, and_(there.kind == here.kind, there.to_id == here.to_id, there.from_id > here.from_id))
        .join(other, other.id == there.from_id)
        .where(one.id.in_(seen), other.id.in_(seen), one.starts_at < other.ends_at, other.starts_at < one.ends_at)
        .distinct()
        .order_by(one.id, other.id)
    )
    clashes = look.session.execute(wanted.limit(10)).all()
    if clashes:
        proof = tuple(
            Proof("maintenance_window", id_, Both(f"{title}: overlaps with {second} {name}", f"{title}: überschneidet sich mit {second} {name}"), "gap", owner)
            for id_, title, second, name, owner in clashes
        )
        return Outcome("no", Both(f"{len(clashes)} clashes in {rows} windows", f"{len(clashes)} Konflikte in {rows} Fenstern"), proof, rows, len(clashes))
    return look.judge("maintenance_window", *coming, good=Both("{title}: {starts_at}, free of conflicts", "{title}: {starts_at}, ohne Konflikt"))
