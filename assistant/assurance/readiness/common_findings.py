"""The guide's common audit findings, each as a detector: inventory, treatment, access, encryption, vendors."""

from datetime import date
from typing import Any

from sqlalchemy import case, exists, func, or_, select

from assistant.assurance.readiness.check import MAJOR, WEEKS, Both, Outcome, check
from assistant.assurance.readiness.look import RUNNING, Look, nothing, table, together, told
from knowledge.registers import REGISTERS, VendorAssessment
from knowledge.registers.risks import AI_CATEGORIES
from knowledge.registers.values import NONE

PLACE, TITLE = 7, Both("Common audit findings", "Häufige Feststellungen")
MODELS = ("production_ai_model", "cloud_ai_service")


@check(
    (
        "Is every AI model, AI service and AI flow that the registers show in the AI inventory, and was that compared with the plant?",
        "Steht jedes Modell, jeder KI-Dienst und jeder KI-Fluss der Register im KI-Inventar, und wurde das mit dem Werk verglichen?",
    ),
    ("AI systems not in the inventory", "KI-Systeme nicht im Inventar"),
    (
        "Add the AI system with owner, purpose and risk; compare the inventory with network scan, cloud bills and a walk along the lines.",
        "Das KI-System mit verantwortlicher Person, Zweck und Risiko aufnehmen; das Inventar mit Netzscan, Cloudrechnungen und einem Gang an den Linien vergleichen.",
    ),
    requirement="A.5.9 iso42001:A.4.2",
    items="SR-052 SR-116 SR-165",
    weight=MAJOR,
    role="AI governance lead",
)
def ai_systems_in_the_inventory(look: Look) -> Outcome:
    asset, flow, evidence = look.of("asset"), look.of("data_flow"), look.of("evidence")
    compared = look.first(
        "evidence",
        look.controlled("evidence", "control", ("iso42001:A.4.2", "A.5.9")),
        evidence.supports_date <= look.today,
        order=evidence.supports_date.desc(),
    )
    if compared is None and not look.count("ai_system"):
        return nothing(REGISTERS["ai_system"])
    listed = look.pointed("asset", [("ai_system", "asset"), ("ai_system", "deployed_on"), ("ai_system", "data_sources")])
    assets = look.judge(
        "asset",
        asset.asset_class.in_(MODELS),
        asset.in_scope.is_not(False),
        gaps=[(~listed, Both("{name}: belongs to no AI system of the inventory", "{name}: gehört zu keinem KI-System des Inventars"))],
        good=Both("{name}: in the inventory", "{name}: im Inventar"),
    )
    of_ai = look.ids("asset", asset.asset_class.in_((*MODELS, "api_endpoint", "edge_ai_device", "serving_infrastructure")))
    flows = look.judge(
        "data_flow",
        or_(flow.from_asset.in_(of_ai), flow.to_asset.in_(of_ai)),
        gaps=[
            (
                flow.ai_system.is_(None),
                Both("{name}: serves AI, and no AI system is named", "{name}: dient KI, und kein KI-System ist genannt"),
            )
        ],
        good=Both("{name}: belongs to an AI system", "{name}: gehört zu einem KI-System"),
    )
    return together(assets, flows, _comparison(look, compared))


def _comparison(look: Look, compared: Any) -> Outcome:
    """Whether the inventory was compared with what runs; an old comparison tells nothing of today."""
    found = REGISTERS["evidence"]
    if compared is None:
        said = Both("No comparison of the inventory with the plant is recorded", "Kein Vergleich des Inventars mit dem Werk erfasst")
        return Outcome("not_checked", said, rows=1, short=1)
    old = compared.supports_date < look.ago() or (compared.expires_on and compared.expires_on < look.today)
    said = (
        Both("{title} of {supports_date} is out of date", "{title} vom {supports_date} ist veraltet")
        if old
        else Both("{title} of {supports_date}", "{title} vom {supports_date}")
    )
    proof = told(found, compared, said, "stale" if old else "good")
    return Outcome("not_checked" if old else "yes", proof.said, (proof,), 1, 1 if old else 0)


@check(
    (
        "Is each running AI system inside the scope, or left out with a reason?",
        "Liegt jedes laufende KI-System im Geltungsbereich, oder ist es mit Grund ausgenommen?",
    ),
    ("AI systems outside the scope without a reason", "KI-Systeme ohne Grund außerhalb des Geltungsbereichs"),
    (
        "Decide and write it into the scope statement; tell the certification body where the scope changes.",
        "Entscheiden und in den Geltungsbereich schreiben; der Zertifizierungsstelle sagen, wenn er sich ändert.",
    ),
    requirement="4.3",
    items="SR-052 SR-057 SR-060 SR-178 SR-187",
    weight=MAJOR,
)
def ai_systems_in_scope(look: Look) -> Outcome:
    system = look.of("ai_system")
    return look.judge(
        "ai_system",
        system.lifecycle_phase.in_(RUNNING),
        gaps=[
            (
                system.in_scope.is_(False) & (system.scope_reason == ""),
                Both("{name}: left out without a reason", "{name}: ohne Grund ausgenommen"),
            )
        ],
        unknown=[(system.in_scope.is_(None), Both("{name}: not decided; {scope_reason}", "{name}: nicht entschieden; {scope_reason}"))],
        good=Both("{name}: decided; {scope_reason}", "{name}: entschieden; {scope_reason}"),
    )


@check(
    (
        "Has each AI risk an owner and a treatment, with a day where something is to be done?",
        "Hat jedes KI-Risiko eine verantwortliche Person und eine Behandlung, mit Termin wo etwas zu tun ist?",
    ),
    ("Incomplete risk treatment for AI", "Unvollständige Risikobehandlung bei KI"),
    (
        "Choose the treatment with the risk owner, plan it, and have the residual risk approved.",
        "Mit der verantwortlichen Person die Behandlung wählen, planen und das Restrisiko annehmen lassen.",
    ),
    requirement="6.1.2 6.1.3 8.3 iso42001:A.5.2",
    items="SR-112 SR-115 SR-167",
    weight=MAJOR,
)
def ai_risks_treated(look: Look) -> Outcome:
    risk = look.of("risk")
    return look.judge(
        "risk",
        or_(risk.category.in_(AI_CATEGORIES), risk.ai_system.is_not(None)),
        gaps=[
            (risk.treatment == "", Both("{name}: no treatment chosen", "{name}: keine Behandlung gewählt")),
            (risk.owner.is_(None), Both("{name}: nobody owns it", "{name}: niemand ist verantwortlich")),
            (
                (risk.treatment == "modify") & risk.due_date.is_(None),
                Both("{name}: to be modified, without a day", "{name}: zu behandeln, ohne Termin"),
            ),
            (
                (risk.treatment == "retain") & risk.accepted_at.is_(None),
                Both("{name}: retained, and nobody accepted it", "{name}: beibehalten, von niemandem akzeptiert"),
            ),
        ],
        unknown=[
            (risk.current_likelihood.is_(None) | risk.current_impact.is_(None), Both("{name}: not assessed", "{name}: nicht bewertet"))
        ],
        good=Both(
            "{name}: {treatment}, assessed on {assessed_on}, due {due_date}",
            "{name}: {treatment}, bewertet am {assessed_on}, fällig {due_date}",
        ),
    )


@check(
    (
        "Has each running AI system a role model, and was access to it reviewed in time?",
        "Hat jedes laufende KI-System ein Rollenmodell, und wurde der Zugriff rechtzeitig geprüft?",
    ),
    ("Inadequate access control of AI systems", "Unzureichende Zugriffskontrolle bei KI-Systemen"),
    (
        "Write down who may do what with the system, review the accounts, and record the day of the next review.",
        "Festhalten, wer was mit dem System darf, die Konten prüfen und die nächste Prüfung erfassen.",
    ),
    requirement="A.5.15 A.5.18 A.8.3 A.8.5",
    items="SR-093 SR-095 SR-132 SR-168",
    role="IT security",
)
def ai_access_is_controlled(look: Look) -> Outcome:
    system, path = look.of("ai_system"), look.of("access_path")
    systems = look.judge(
        "ai_system",
        system.lifecycle_phase.in_(RUNNING),
        gaps=[
            (
                system.access_review_due < look.today,
                Both("{name}: access review was due on {access_review_due}", "{name}: Zugriffsprüfung war am {access_review_due} fällig"),
            )
        ],
        unknown=[
            (system.role_model == "", Both("{name}: no role model recorded", "{name}: kein Rollenmodell erfasst")),
            (system.access_review_due.is_(None), Both("{name}: no access review recorded", "{name}: keine Zugriffsprüfung erfasst")),
        ],
        good=Both(
            "{name}: roles written down, next access review {access_review_due}",
            "{name}: Rollen beschrieben, nächste Zugriffsprüfung {access_review_due}",
        ),
    )
    paths = look.judge(
        "access_path",
        path.ai_system.is_not(None),
        gaps=[
            (path.mfa.is_(False), Both("{name}: without a second factor", "{name}: ohne zweiten Faktor")),
            (path.expires_on < look.today, Both("{name}: ended on {expires_on}", "{name}: endete am {expires_on}")),
        ],
        unknown=[(path.mfa.is_(None), Both("{name}: second factor not recorded", "{name}: zweiter Faktor nicht erfasst"))],
        good=Both("{name}: second factor, reviewed on {last_review}", "{name}: zweiter Faktor, geprüft am {last_review}"),
    )
    return together(systems, paths)


@check(
    (
        "Are model weights and training data encrypted where they lie and where they travel?",
        "Sind Modellgewichte und Trainingsdaten verschlüsselt, wo sie liegen und wo sie fließen?",
    ),
    ("Missing encryption of model data", "Fehlende Verschlüsselung von Modelldaten"),
    (
        "Encrypt weights and data sets, and name who holds the key.",
        "Gewichte und Datensätze verschlüsseln und angeben, wer den Schlüssel hält.",
    ),
    requirement="A.8.24",
    items="SR-038 SR-159 SR-169",
    effort=WEEKS,
    role="ML platform owner",
)
def model_data_encrypted(look: Look) -> Outcome:
    asset, flow = look.of("asset"), look.of("data_flow")
    stored = look.judge(
        "asset",
        asset.asset_class.in_(("production_ai_model", "training_dataset")),
        asset.in_scope.is_not(False),
        gaps=[(asset.encrypted.is_(False), Both("{name}: not encrypted", "{name}: nicht verschlüsselt"))],
        unknown=[(asset.encrypted.is_(None), Both("{name}: encryption not recorded", "{name}: Verschlüsselung nicht erfasst"))],
        good=Both("{name}: encrypted", "{name}: verschlüsselt"),
    )
    moved = look.judge(
        "data_flow",
        flow.ai_system.is_not(None),
        flow.data_class != "public",
        flow.allowed.is_not(False),
        gaps=[(func.lower(flow.encryption).in_(NONE), Both("{name}: encryption {encryption}", "{name}: Verschlüsselung {encryption}"))],
        unknown=[(flow.encryption == "", Both("{name}: encryption not recorded", "{name}: Verschlüsselung nicht erfasst"))],
        good=Both("{name}: {encryption}", "{name}: {encryption}"),
    )
    return together(stored, moved)


@check(
    ("Was each AI vendor assessed in the last 12 months?", "Wurde jeder KI-Anbieter in den letzten zwölf Monaten bewertet?"),
    ("AI vendor assessments missing or late", "Bewertungen von KI-Anbietern fehlen oder sind überfällig"),
    (
        "Assess the vendor: use of our data, notice of incidents and model changes, sub-processors, exit; record result and conditions.",
        "Den Anbieter bewerten: Nutzung unserer Daten, Meldung von Vorfällen und Modelländerungen, Unterauftragnehmer, Ausstieg; Ergebnis und Auflagen erfassen.",
    ),
    requirement="A.5.19 A.5.20 A.5.22 A.5.23 iso42001:A.10.3",
    items="SR-043 SR-135 SR-173",
    weight=MAJOR,
    role="Purchasing",
)
def ai_vendors_assessed(look: Look) -> Outcome:
    supplier, assessment = look.of("supplier"), look.of("vendor_assessment")
    recorded = (
        select(func.max(assessment.assessed_on))
        .where(assessment.supplier == supplier.id, look.seen("vendor_assessment"))
        .correlate(supplier.id.table)
        .scalar_subquery()
    )
    last = case((recorded > func.coalesce(supplier.last_assessment, date.min), recorded), else_=supplier.last_assessment)
    return look.judge(
        "supplier",
        supplier.ai_vendor.is_(True),
        or_(supplier.contract_end.is_(None), supplier.contract_end >= look.today),
        also={"last": last},
        gaps=[
            (last.is_(None), Both("{name}: never assessed", "{name}: nie bewertet")),
            (
                supplier.assessment_result == "failed",
                Both("{name}: failed the assessment of {last}", "{name}: Bewertung vom {last} nicht bestanden"),
            ),
            (
                supplier.next_assessment < look.today,
                Both("{name}: next assessment was due on {next_assessment}", "{name}: nächste Bewertung war am {next_assessment} fällig"),
            ),
            (
                last < look.ago(),
                Both("{name}: last assessed on {last}", "{name}: zuletzt bewertet am {last}"),
            ),
        ],
        good=Both(
            "{name}: assessed on {last}, next {next_assessment}",
            "{name}: bewertet am {last}, nächste {next_assessment}",
        ),
    )


@check(
    (
        "Does the contract with each AI vendor rule training on our data, notice of incidents and exit?",
        "Regelt der Vertrag mit jedem KI-Anbieter Training mit unseren Daten, Meldung von Vorfällen und Ausstieg?",
    ),
    ("Security clauses missing in contracts with AI vendors", "Sicherheitsklauseln fehlen in Verträgen mit KI-Anbietern"),
    (
        "Bring the missing clause into the renewal; until then keep data from the service that the clause would protect.",
        "Die fehlende Klausel in die Verlängerung bringen; bis dahin Daten zurückhalten, die sie schützen würde.",
    ),
    requirement="A.5.20 A.5.21 A.5.23",
    items="SR-118 SR-135",
    effort=WEEKS,
    role="Purchasing",
)
def ai_vendor_contracts_complete(look: Look) -> Outcome:
    supplier, assessment = look.of("supplier"), look.of("vendor_assessment")
    later = table(VendorAssessment).alias().c
    newest = ~exists().where(
        later.supplier == assessment.supplier, later.assessed_on > assessment.assessed_on, later.id.in_(look.ids("vendor_assessment"))
    )
    return look.judge(
        "vendor_assessment",
        assessment.supplier.in_(look.ids("supplier", supplier.ai_vendor.is_(True))),
        newest,
        gaps=[
            (
                assessment.clauses_missing != "",
                Both("{assessed_on}: missing {clauses_missing}", "{assessed_on}: es fehlt {clauses_missing}"),
            ),
            (
                assessment.trains_on_our_data.is_(True),
                Both("{assessed_on}: the vendor trains on our data", "{assessed_on}: der Anbieter trainiert mit unseren Daten"),
            ),
            (
                assessment.exit_agreed.is_(False) | assessment.incident_notice.is_(False),
                Both(
                    "{assessed_on}: exit or notice of incidents not agreed",
                    "{assessed_on}: Ausstieg oder Meldung von Vorfällen nicht vereinbart",
                ),
            ),
        ],
        unknown=[
            (
                assessment.exit_agreed.is_(None) | assessment.incident_notice.is_(None) | assessment.trains_on_our_data.is_(None),
                Both("{assessed_on}: not all clauses were asked for", "{assessed_on}: nicht alle Klauseln wurden erfragt"),
            )
        ],
        good=Both("{assessed_on}: {clauses_covered}", "{assessed_on}: {clauses_covered}"),
    )
