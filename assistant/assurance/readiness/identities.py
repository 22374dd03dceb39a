"""Identities, ways in and patches of the plant: who and what may sign in, until when, and what stands in for a patch."""

from sqlalchemy import and_, func, or_, select

from assistant.assurance.readiness.check import HOURS, MAJOR, OBSERVATION, WEEKS, Both, Outcome, Proof, check
from assistant.assurance.readiness.look import RUNNING, Look, nothing, table
from knowledge.registers import REGISTERS, Link, MaintenanceWindow
from knowledge.registers.assets import OT_CLASSES

PLACE, TITLE = 5, Both("Identities, access and patches", "Identitäten, Zugriff und Patches")
WAYS_IN = ("remote", "privileged")


@check(
    (
        "Do plant and AI systems take their accounts from a directory rather than from local lists?",
        "Nehmen Anlagen- und KI-Systeme ihre Konten aus einem Verzeichnis statt aus lokalen Listen?",
    ),
    ("Systems with local accounts only", "Systeme mit nur lokalen Konten"),
    (
        "Connect the system to the directory, or keep its local accounts in the safe and in the review.",
        "Das System ans Verzeichnis anbinden oder lokale Konten in Tresor und Prüfung führen.",
    ),
    requirement="A.5.16 A.5.17",
    items="SR-140",
    weight=OBSERVATION,
    effort=WEEKS,
    role="IT security",
)
def accounts_come_from_a_directory(look: Look) -> Outcome:
    path = look.of("access_path")
    return look.judge(
        "access_path",
        path.kind.in_((*WAYS_IN, "user")),
        gaps=[
            (
                func.lower(path.identity_source).contains("local") | func.lower(path.identity_source).contains("lokal"),
                Both("{name}: {identity_source}", "{name}: {identity_source}"),
            )
        ],
        unknown=[(path.identity_source == "", Both("{name}: identity source not recorded", "{name}: Identitätsquelle nicht erfasst"))],
        good=Both("{name}: {identity_source}, reviewed on {last_review}", "{name}: {identity_source}, geprüft am {last_review}"),
    )


@check(
    (
        "Has each machine identity an owner, and was its secret changed in time?",
        "Hat jede Maschinenidentität eine verantwortliche Person, und wurde ihr Geheimnis rechtzeitig gewechselt?",
    ),
    ("Machine identities whose change is overdue", "Maschinenidentitäten mit überfälligem Wechsel"),
    (
        "Change the key or password, and record the day of the next change.",
        "Schlüssel oder Passwort wechseln und den nächsten Termin erfassen.",
    ),
    requirement="A.5.16 A.5.17 A.8.24",
    items="SR-141",
    effort=HOURS,
    role="IT security",
)
def machine_identities_rotated(look: Look) -> Outcome:
    one = look.of("machine_identity")
    return look.judge(
        "machine_identity",
        gaps=[
            (
                one.rotation_due < look.today,
                Both("{name}: change was due on {rotation_due}", "{name}: Wechsel war am {rotation_due} fällig"),
            ),
            (one.owner.is_(None), Both("{name}: nobody owns it", "{name}: niemand ist verantwortlich")),
        ],
        unknown=[(one.rotation_due.is_(None), Both("{name}: no day for its change", "{name}: kein Termin für den Wechsel"))],
        good=Both("{name}: next change {rotation_due}", "{name}: nächster Wechsel {rotation_due}"),
    )


@check(
    ("Are all certificates of the plant valid?", "Sind alle Zertifikate der Anlage gültig?"),
    ("Certificates expired", "Zertifikate abgelaufen"),
    (
        "Renew the certificate in the next window; look for others of the same issuer.",
        "Das Zertifikat im nächsten Fenster erneuern; nach weiteren desselben Ausstellers sehen.",
    ),
    requirement="A.5.17 A.8.24",
    items="SR-142",
    effort=HOURS,
    role="OT security engineer",
)
def plant_certificates_valid(look: Look) -> Outcome:
    one = look.of("machine_identity")
    return look.judge(
        "machine_identity",
        one.kind == "certificate",
        gaps=[(one.expires_on < look.today, Both("{name}: expired on {expires_on}", "{name}: abgelaufen am {expires_on}"))],
        unknown=[(one.expires_on.is_(None), Both("{name}: end not recorded", "{name}: Ende nicht erfasst"))],
        good=Both("{name}: valid until {expires_on}", "{name}: gültig bis {expires_on}"),
    )


@check(
    ("Was each remote or privileged session approved?", "Wurde jede Fern- oder privilegierte Sitzung genehmigt?"),
    ("Sessions without approval", "Sitzungen ohne Genehmigung"),
    (
        "Ask who let the session in, watch its recording, and close the way without approval.",
        "Klären, wer die Sitzung zuließ, die Aufzeichnung ansehen und den Weg ohne Genehmigung schließen.",
    ),
    requirement="A.8.2 A.5.19",
    items="SR-143",
    effort=HOURS,
    role="OT security engineer",
)
def sessions_approved(look: Look) -> Outcome:
    path = look.of("access_path")
    return look.judge(
        "access_path",
        path.kind == "session",
        gaps=[(path.approver.is_(None), Both("{name}, {last_used}: nobody approved it", "{name}, {last_used}: niemand genehmigte sie"))],
        unknown=[
            (
                path.approved_on.is_(None),
                Both("{name}, {last_used}: day of approval not recorded", "{name}, {last_used}: Tag der Genehmigung nicht erfasst"),
            )
        ],
        good=Both("{name}: approved on {approved_on}", "{name}: genehmigt am {approved_on}"),
    )


@check(
    (
        "Is each remote and privileged way in inside its time, and does it ask for a second factor?",
        "Ist jeder Fern- und privilegierte Zugang innerhalb seiner Zeit und verlangt einen zweiten Faktor?",
    ),
    (
        "Remote or privileged access expired or without a second factor",
        "Fern- oder privilegierter Zugriff abgelaufen oder ohne zweiten Faktor",
    ),
    (
        "Close what has expired today; put the rest behind the jump host with a second factor.",
        "Abgelaufenes heute schließen; den Rest hinter den Sprungserver mit zweitem Faktor setzen.",
    ),
    requirement="A.5.18 A.8.2 A.8.5 A.6.7",
    items="SR-094 SR-095 SR-143",
    weight=MAJOR,
    effort=HOURS,
    role="OT security engineer",
)
def ways_in_are_controlled(look: Look) -> Outcome:
    path, supplier = look.of("access_path"), look.of("supplier")
    gone = look.ids("supplier", supplier.contract_end < look.today)
    return look.judge(
        "access_path",
        path.kind.in_(("remote", "privileged")),
        gaps=[
            (path.expires_on < look.today, Both("{name}: ended on {expires_on}", "{name}: endete am {expires_on}")),
            (path.mfa.is_(False), Both("{name}: without a second factor", "{name}: ohne zweiten Faktor")),
            (
                path.supplier.in_(gone) & or_(path.expires_on.is_(None), path.expires_on >= look.today),
                Both("{name}: open until {expires_on}, the contract has ended", "{name}: offen bis {expires_on}, der Vertrag ist beendet"),
            ),
            (path.approver.is_(None), Both("{name}: nobody approved it", "{name}: niemand genehmigte ihn")),
        ],
        stale=[(path.last_review < look.ago(), Both("{name}: last reviewed on {last_review}", "{name}: zuletzt geprüft am {last_review}"))],
        unknown=[
            (path.mfa.is_(None), Both("{name}: second factor not recorded", "{name}: zweiter Faktor nicht erfasst")),
            (path.expires_on.is_(None), Both("{name}: end not recorded", "{name}: Ende nicht erfasst")),
        ],
        good=Both(
            "{name}: second factor, until {expires_on}, reviewed on {last_review}",
            "{name}: zweiter Faktor, bis {expires_on}, geprüft am {last_review}",
        ),
    )


@check(
    (
        "Is it known of each control system when it was patched, or why a patch waits?",
        "Ist für jedes Steuerungssystem bekannt, wann es gepatcht wurde oder warum ein Patch wartet?",
    ),
    ("Patch state of control systems unknown or old", "Patchstand von Steuerungen unbekannt oder alt"),
    (
        "Record the last patch, or the constraint (validated, maker, safety, line stop) and the measure that stands in.",
        "Letzten Patch erfassen, oder das Hindernis (validiert, Hersteller, Safety, Stillstand) und die Ersatzmaßnahme.",
    ),
    requirement="A.8.8",
    items="SR-144",
    role="OT operations",
)
def patch_state_is_known(look: Look) -> Outcome:
    asset = look.of("asset")
    waits = asset.patch_constraint.not_in(("", "none"))
    return look.judge(
        "asset",
        asset.asset_class.in_(OT_CLASSES),
        asset.asset_class != "ot_network",
        gaps=[
            (
                ~waits & (asset.patched_on < look.ago()),
                Both(
                    "{name}: last patched on {patched_on}, no constraint named",
                    "{name}: zuletzt gepatcht am {patched_on}, kein Hindernis genannt",
                ),
            )
        ],
        unknown=[
            (
                ~waits & asset.patched_on.is_(None),
                Both("{name}: neither patch nor constraint recorded", "{name}: weder Patch noch Hindernis erfasst"),
            )
        ],
        good=Both(
            "{name}: patched on {patched_on}, constraint {patch_constraint}",
            "{name}: gepatcht am {patched_on}, Hindernis {patch_constraint}",
        ),
    )


@check(
    (
        "Are all virtual patches and other compensating measures inside their time?",
        "Sind alle virtuellen Patches und Ersatzmaßnahmen innerhalb ihrer Zeit?",
    ),
    ("Virtual patches past their end", "Virtuelle Patches über ihrem Ende"),
    (
        "Look whether the measure still works, then renew it with an approver or replace it by the patch.",
        "Prüfen, ob die Maßnahme noch wirkt; mit Freigabe verlängern oder durch den Patch ersetzen.",
    ),
    requirement="A.8.8 A.8.32",
    items="SR-145",
    weight=MAJOR,
    role="OT security engineer",
)
def virtual_patches_in_time(look: Look) -> Outcome:
    one = look.of("compensating_measure")
    return look.judge(
        "compensating_measure",
        gaps=[
            (look.computed("compensating_measure", "expired"), Both("{title}: ended on {expires_on}", "{title}: endete am {expires_on}")),
            (one.approver.is_(None), Both("{title}: nobody approved it", "{title}: niemand genehmigte sie")),
        ],
        unknown=[(one.expires_on.is_(None), Both("{title}: no end recorded", "{title}: kein Ende erfasst"))],
        stale=[
            (
                one.review_date < look.today,
                Both("{title}: review was due on {review_date}", "{title}: Überprüfung war am {review_date} fällig"),
            )
        ],
        good=Both("{title}: until {expires_on}, next review {review_date}", "{title}: bis {expires_on}, nächste Überprüfung {review_date}"),
    )


@check(
    (
        "Is each running AI system linked to the procedure by which it is updated?",
        "Ist jedes laufende KI-System mit seinem Verfahren für Updates verknüpft?",
    ),
    ("AI systems without an update procedure", "KI-Systeme ohne Verfahren für Updates"),
    (
        "Link the procedure; where the maker updates by himself, write down how you learn of it and test it.",
        "Das Verfahren verknüpfen; aktualisiert der Hersteller selbst, festhalten, wie man davon erfährt und es prüft.",
    ),
    requirement="A.8.32 A.8.8 iso42001:A.6.2.5",
    items="SR-146",
    effort=HOURS,
    role="AI governance lead",
)
def ai_updates_follow_a_procedure(look: Look) -> Outcome:
    system = look.of("ai_system")
    return look.judge(
        "ai_system",
        system.lifecycle_phase.in_(RUNNING),
        gaps=[
            (
                ~system.procedure.in_(look.ids("document")) | system.procedure.is_(None),
                Both("{name}: no procedure linked", "{name}: kein Verfahren verknüpft"),
            )
        ],
        good=Both("{name}: {procedure}", "{name}: {procedure}"),
    )


@check(
    ("Are the coming maintenance windows free of conflicts?", "Sind die kommenden Wartungsfenster frei von Konflikten?"),
    ("Two maintenance windows on the same system at the same time", "Zwei Wartungsfenster am selben System zur selben Zeit"),
    (
        "Move one of the two, with production and everybody who works in it.",
        "Eins der beiden verschieben, mit Produktion und allen Beteiligten.",
    ),
    requirement="A.8.32",
    items="SR-147",
    effort=HOURS,
    role="OT operations",
)
def maintenance_windows_do_not_clash(look: Look) -> Outcome:
    coming = (look.of("maintenance_window").ends_at >= look.midnight(),)
    rows = look.count("maintenance_window", *coming)
    if not rows:
        return nothing(REGISTERS["maintenance_window"])
    windows, links = table(MaintenanceWindow), table(Link)
    one, other, here, there = windows.alias(), windows.alias(), links.alias(), links.alias()
    seen = look.ids("maintenance_window", *coming)
    wanted = (
        select(one.c.id, one.c.title, other.c.id, other.c.title, one.c.owner)
        .join(here, and_(here.c.kind == "maintenance_window.assets", here.c.from_id == one.c.id))
        .join(there, and_(there.c.kind == here.c.kind, there.c.to_id == here.c.to_id, there.c.from_id > here.c.from_id))
        .join(other, other.c.id == there.c.from_id)
        .where(one.c.id.in_(seen), other.c.id.in_(seen), one.c.starts_at < other.c.ends_at, other.c.starts_at < one.c.ends_at)
        .distinct()
        .order_by(one.c.id, other.c.id)
    )
    clashes = look.session.execute(wanted.limit(10)).all()
    if clashes:
        proof = tuple(
            Proof(
                "maintenance_window",
                id_,
                Both(f"{title}: overlaps with {second} {name}", f"{title}: überschneidet sich mit {second} {name}"),
                "gap",
                owner,
            )
            for id_, title, second, name, owner in clashes
        )
        return Outcome(
            "no",
            Both(f"{len(clashes)} clashes in {rows} windows", f"{len(clashes)} Konflikte in {rows} Fenstern"),
            proof,
            rows,
            len(clashes),
        )
    return look.judge(
        "maintenance_window", *coming, good=Both("{title}: {starts_at}, free of conflicts", "{title}: {starts_at}, ohne Konflikt")
    )
