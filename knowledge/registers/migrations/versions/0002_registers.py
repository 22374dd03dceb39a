"""The registers: every table of the asset, risk and assurance database, the links between them, and the journal.

A column is written `name:type`, with `?` where it may be empty, `*` where it is indexed, `>table.column` where it leads to another table.
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0002"
down_revision = "0001"

TYPES = {
    "str": sa.String, "int": sa.Integer, "float": sa.Float, "bool": sa.Boolean, "date": sa.Date, "moment": UTCDateTime, "json": sa.JSON,
}  # fmt: skip
ROW = "id:str audience:str source:str created_at:moment* changed_at:moment* revision:int retired_at:moment?"
REGISTERS = {
    "site": """
        name:str* country:str city:str
    """,
    "acknowledgement": """
        document:str?*>document.number version:str owner:str?*>person.id due_date:date?* done_on:date?*
    """,
    "audit": """
        type:str* title:str* start_date:date?* end_date:date?* auditor:str* scope:str criteria:str status:str* owner:str?*>person.id
        areas:str site:str?*>site.id conclusion:str report:str?*>document.number
    """,
    "benchmark": """
        title:str* noted_on:date?* origin:str note:str owner:str?*>person.id
    """,
    "certificate": """
        number:str* standard:str body:str scope:str soa_version:str issued_on:date?* expires_on:date?* owner:str?*>person.id
        document:str?*>document.number suspended:bool*
    """,
    "clause_status": """
        state:str* how:str owner:str?*>person.id last_checked:date?*
    """,
    "control_status": """
        applicable:bool?* justification:str* exclusion_reason:str implementation_status:str* how:str owner:str?*>person.id
        last_checked:date?* check_result:str maturity:int?* due_date:date?*
    """,
    "evidence": """
        title:str* supports_date:date?* uploaded_on:date?* expires_on:date?* link:str owner:str?*>person.id kind:str* result:str
        tester:str file_hash:str* description:str
    """,
    "governance_role": """
        name:str* duties:str ai_team:bool* head_count:int? owner:str?*>person.id screening:str* screened_on:date?*
    """,
    "interested_party": """
        name:str* kind:str* expectations:str asks_iso27001:bool?* asks_tisax:bool?* climate:bool?* addressed_by:str
        document:str?*>document.number owner:str?*>person.id review_date:date?* clauses:str contact:str?*>person.id
    """,
    "isms": """
        name:str scope:str exclusions:str policy:str?*>document.number owner:str?*>person.id top_management:str?*>person.id
        certified_on:date?* certification_body:str climate_relevant:bool?* climate_decision:str climate_decided_on:date?*
    """,
    "issue": """
        name:str* side:str* description:str rating:int?* effect:str climate:bool* decision:str decided_on:date?* owner:str?*>person.id
        review_date:date?* people_gap:int? budget_gap:int?
    """,
    "maintenance_window": """
        title:str* line:str* site:str?*>site.id starts_at:moment?* ends_at:moment?* owner:str?*>person.id approver:str?*>person.id
        notes:str
    """,
    "management_review": """
        title:str* held_on:date?* state:str* owner:str?*>person.id participants:str previous_actions:str context_changes:str
        party_changes:str nonconformities:str measurements:str audit_results:str objectives:str feedback:str risks:str improvements:str
        ai:str policy_gaps:str decisions:str next_review:date?* document:str?*>document.number
    """,
    "programme_task": """
        name:str* phase:str* month:int?* start_date:date?* due_date:date?* state:str* owner:str?*>person.id done_on:date?*
        result_document:str?*>document.number people:int? budget:int? notes:str
    """,
    "proposal": """
        title:str* register_name:str* action:str* row_id:str* payload:json sources:json reason:str author:str?*>person.id
        owner:str?*>person.id model:str prompt_hash:str state:str* decided_by:str?*>person.id decided_at:moment?* decision_reason:str
    """,
    "risk_method": """
        name:str owner:str?*>person.id definition:json reason:str
        effective_from:date?*
    """,
    "supplier": """
        name:str* service:str ai_vendor:bool* critical:bool* owner:str?*>person.id contract_end:date?* last_assessment:date?*
        next_assessment:date?* assessment_result:str* country:str contract_start:date?* in_scope:bool?* scope_reason:str scope_of_work:str
        tier:str* sub_processors:str lines:str
    """,
    "threat_note": """
        title:str* noted_on:date?* origin:str relevance:str* note:str owner:str?*>person.id
    """,
    "training": """
        title:str* topic:str* owner:str?*>person.id due_date:date?* done_on:date?* state:str* expires_on:date?*
        document:str?*>document.number
    """,
    "zone": """
        name:str* kind:str* site:str?*>site.id target_level:int?* achieved_level:int?* description:str owner:str?*>person.id
    """,
    "change": """
        title:str* description:str requester:str?*>person.id owner:str?*>person.id approver:str?*>person.id approved_on:date?*
        window:str?*>maintenance_window.id planned_on:date?* done_on:date?* state:str* rollback:str emergency:bool*
    """,
    "competence": """
        owner:str?*>person.id supplier:str?*>supplier.id topic:str* level:int?* needed_level:int?* shown_by:str valid_until:date?*
    """,
    "obligation": """
        name:str* kind:str* clause:str description:str party:str?*>interested_party.id supplier:str?*>supplier.id owner:str?*>person.id
        review_date:date?* valid_from:date?* valid_until:date?* defence:bool* security_mandatory:bool* tisax:bool*
        document:str?*>document.number source_link:str checked_on:date?*
    """,
    "vendor_assessment": """
        supplier:str?*>supplier.id assessed_on:date?* assessor:str?*>person.id result:str* clauses_covered:str clauses_missing:str
        trains_on_our_data:bool?* incident_notice:bool?* exit_agreed:bool?* notes:str next_due:date?* owner:str?*>person.id
    """,
    "asset": """
        name:str* description:str asset_class:str* confidentiality:int?* integrity:int?* availability:int?* owner:str?*>person.id
        site:str?*>site.id zone:str?*>zone.id purdue_level:float? in_scope:bool?* scope_reason:str supplier:str?*>supplier.id
        classification:str* version:str location:str* line:str* critical:bool?* development_cost:int? replacement_days:int? origin:str
        rights:str customer:str* contract:str?*>obligation.id personal_data:bool?* content_hash:str hash_checked_on:date?* retention:str
        repository:str host:str patched_on:date?* patch_constraint:str* patch_note:str capacity:str firmware:str physical_protection:str
        disposal:str url_alias:str exposure:str auth_method:str identity_source:str* key_owner:str?*>person.id rotation_due:date?*
        rate_limit:str input_check:bool?* encrypted:bool?* backup_on:date?* separated:bool?* log_source:str log_retention:str
        signing:bool?* scanning:bool?* secrets_kept:bool?* access_review_due:date?* update_procedure:str?*>document.number
    """,
    "ai_system": """
        name:str* asset:str?*>asset.id purpose:str model:str version:str company_role:str* autonomy:str* human_oversight:str
        safety_function:bool?* writes_plc:bool?* lifecycle_phase:str* last_review:date?* next_review:date?* impact_assessment:str
        owner:str?*>person.id description:str site:str?*>site.id supplier:str?*>supplier.id in_scope:bool?* scope_reason:str
        critical:bool?* hosting:str responsibility_split:str fallback:str recovery_hours:int? role_model:str access_review_due:date?*
        encrypted:bool?* key_owner:str?*>person.id log_source:str log_retention:str gate:str started_on:date?*
        procedure:str?*>document.number
    """,
    "access_path": """
        name:str* kind:str* asset:str?*>asset.id ai_system:str?*>ai_system.id zone:str?*>zone.id holder:str?*>person.id
        supplier:str?*>supplier.id owner:str?*>person.id mfa:bool?* identity_source:str* justification:str approver:str?*>person.id
        approved_on:date?* expires_on:date?* last_used:moment?* last_review:date?* review_date:date?*
    """,
    "incident": """
        title:str* description:str severity:str* status:str* ai_incident:bool* site:str?*>site.id ai_system:str?*>ai_system.id
        detected_at:moment?* closed_at:moment?* lesson:str owner:str?*>person.id started_at:moment?* reported_at:moment?*
        contained_at:moment?* reporter:str?*>person.id incident_class:str* access_violation:bool* near_miss:bool* authority_notice:str
        notice_due:moment?* supplier:str?*>supplier.id
    """,
    "kpi": """
        name:str* definition:str formula:str data_source:str unit:str target:float? direction:str* owner:str?*>person.id
        action_when_missed:str ai_system:str?*>ai_system.id threshold:float?
    """,
    "machine_identity": """
        name:str* kind:str* asset:str?*>asset.id ai_system:str?*>ai_system.id issuer:str owner:str?*>person.id issued_on:date?*
        expires_on:date?* rotated_on:date?* rotation_due:date?*
    """,
    "release": """
        ai_system:str?*>ai_system.id asset:str?*>asset.id version:str* weights_hash:str deployed_hash:str change:str?*>change.id
        state:str* owner:str?*>person.id developer:str?*>person.id validation_criteria:str validation_result:str validated_on:date?*
        validator:str?*>person.id adversarial_test:str test_report:str?*>evidence.id approver:str?*>person.id approved_on:date?*
        deployed_on:date?* deployer:str?*>person.id rollback:str
    """,
    "risk": """
        name:str* description:str inherent_likelihood:int?* inherent_impact:int?* existing_controls:str current_likelihood:int?*
        current_impact:int?* additional_controls:str residual_likelihood:int?* residual_impact:int?* treatment:str* owner:str?*>person.id
        vulnerabilities:str justification:str ai_system:str?*>ai_system.id lifecycle_phase:str* review_date:date?*
        accepted_by:str?*>person.id accepted_at:moment?* category:str* acceptance_expires:date?* inherent_safety:int?*
        inherent_delivery:int?* inherent_money:int?* inherent_law:int?* current_safety:int?* current_delivery:int?* current_money:int?*
        current_law:int?* residual_safety:int?* residual_delivery:int?* residual_money:int?* residual_law:int?* likelihood_reason:str
        impact_reason:str likelihood_reason_residual:str impact_reason_residual:str site:str?*>site.id due_date:date?*
        priority_override:str* priority_reason:str strength_of_knowledge:str* assessed_on:date?* assessor:str?*>person.id
        accepted_state:json? acceptance_void_at:moment?*
    """,
    "compensating_measure": """
        title:str* description:str instead_of:str risk:str?*>risk.id owner:str?*>person.id approver:str?*>person.id review_date:date?*
        expires_on:date?*
    """,
    "finding": """
        audit:str?*>audit.id grade:str* title:str* evidence_seen:str gap:str site:str?*>site.id reported_on:date?* owner:str?*>person.id
        asset:str?*>asset.id reporter:str?*>person.id supplier:str?*>supplier.id incident:str?*>incident.id decision:str
    """,
    "improvement": """
        title:str* description:str recorded_on:date?* incident:str?*>incident.id audit:str?*>audit.id effect:str state:str*
        owner:str?*>person.id due_date:date?*
    """,
    "measurement": """
        kpi:str?*>kpi.id measured_on:date?* value:float? note:str sample_size:float? numerator:float? denominator:float?
    """,
    "monitoring_alert": """
        title:str* kind:str* severity:str* raised_at:moment?* ai_system:str?*>ai_system.id asset:str?*>asset.id state:str*
        owner:str?*>person.id note:str incident:str?*>incident.id risk:str?*>risk.id
    """,
    "objective": """
        name:str* description:str owner:str?*>person.id target:str due_date:date?* kpi:str?*>kpi.id resources:str state:str* result:str
    """,
    "audit_check": """
        audit:str?*>audit.id area:str* question:str sample:str result:str* note:str finding:str?*>finding.id owner:str?*>person.id
    """,
    "corrective_action": """
        finding:str?*>finding.id title:str* owner:str?*>person.id reported_on:date?* due_date:date?* state:str* containment:str
        root_cause:str exists_elsewhere:str action:str criterion:str done_on:date?* effectiveness_result:str reviewer:str?*>person.id
        closed_on:date?* contained_on:date?* contained_by:str?*>person.id analysed_on:date?* planned_on:date?* criterion_set_at:moment?*
        reviewed_on:date?* review_due:date?* original_due_date:date?* extension_reason:str extension_approver:str?*>person.id
        reopened_on:date?* reopen_reason:str accepted_at:moment?* accepted_by:str?*>person.id incident:str?*>incident.id
        risk:str?*>risk.id isms_change:str site:str?*>site.id
    """,
    "data_flow": """
        name:str* data_class:str* from_asset:str?*>asset.id to_asset:str?*>asset.id from_zone:str?*>zone.id to_zone:str?*>zone.id
        conduit:str?*>zone.id allowed:bool?* allowed_destinations:str direction:str* protocol:str* protection:str writes:bool?*
        to_plc:bool?* encryption:str* broker:str cloud:bool?* region:str contract:str?*>obligation.id supplier:str?*>supplier.id
        ai_system:str?*>ai_system.id owner:str?*>person.id approver:str?*>person.id approved_on:date?*
        compensating_measure:str?*>compensating_measure.id review_date:date?*
    """,
    "walk_through": """
        document:str?*>document.number walked_on:date?* owner:str?*>person.id site:str?*>site.id matches:bool?* seen:str
        finding:str?*>finding.id
    """,
    "firewall_rule": """
        name:str* from_zone:str?*>zone.id to_zone:str?*>zone.id service:str firewall:str?*>asset.id data_flow:str?*>data_flow.id
        ai_traffic:bool* justification:str owner:str?*>person.id approver:str?*>person.id expires_on:date?* last_review:date?*
    """,
}
OTHERS = {
    "external_ref": "id:int kind:str* row_id:str* tracker:str* key:str* url:str last_state:str seen_at:moment? created_at:moment",
    "outbox": """
        id:int key:str kind:str* payload:json state:str* attempts:int not_before:moment?* claimed_at:moment? done_at:moment? error:str
        created_at:moment
    """,
    "journal_entry": "sequence:int at:moment* actor:str* action:str* object:str* body_hash:str hash:str",
    "journal_body": "sequence:int salt:str? body:json?",
    "journal_head": "id:int count:int hash:str start:int start_hash:str",
    "numbering": "prefix:str last:int",
}
ADDED = {
    "person": "audience:str source:str revision:int retired_at:moment?",
    "document": "shared_standards:str source:str revision:int retired_at:moment?",
}
NEWLY_INDEXED = {
    "person": ("name", "role", "department", "plant_manager", "deputy", "created_at", "changed_at"),
    "document": ("changed_at",),
}
PAIRS = ("inherent", "current", "residual")


def upgrade() -> None:
    for table, columns in REGISTERS.items():
        _create(table, f"{ROW} {columns}")
    for table, columns in OTHERS.items():
        _create(table, columns)
    op.create_index("ix_outbox_key", "outbox", ["key"], unique=True)
    op.create_table("link", *(sa.Column(name, sa.String(), primary_key=True) for name in ("kind", "from_id", "to_id")))
    op.create_index("ix_link_kind_to_id", "link", ["kind", "to_id"])
    for pair in PAIRS:
        op.create_index(f"ix_risk_{pair}_score", "risk", [sa.text(f"({pair}_likelihood * {pair}_impact)")])
    for table, columns in ADDED.items():
        for column, indexed in map(_column, columns.split()):
            op.add_column(table, column)
            if indexed:
                op.create_index(f"ix_{table}_{column.name}", table, [column.name])
    for table, names in NEWLY_INDEXED.items():
        for name in names:
            op.create_index(f"ix_{table}_{name}", table, [name])
    op.execute("INSERT INTO journal_head (id, count, hash, start, start_hash) VALUES (1, 0, '', 0, '')")
    _go_on_numbering_people()
    _protect_the_journal()


def _go_on_numbering_people() -> None:
    ids = [row[0] for row in op.get_bind().execute(sa.text("SELECT id FROM person"))]
    numbers = [int(id_[2:]) for id_ in ids if id_.startswith("P-") and id_[2:].isdigit()]
    if numbers:
        op.get_bind().execute(sa.text("INSERT INTO numbering (prefix, last) VALUES ('P', :last)"), {"last": max(numbers)})


def _create(table: str, columns: str) -> None:
    made = [_column(spec) for spec in columns.split()]
    made[0][0].primary_key = True
    op.create_table(table, *(column for column, _ in made))
    for column, indexed in made:
        if indexed:
            op.create_index(f"ix_{table}_{column.name}", table, [column.name])


def _column(spec: str) -> tuple[sa.Column, bool]:
    """(column, whether it is indexed); a column that joins a table with rows gets what an empty one holds."""
    spec, _, target = spec.partition(">")
    name, kind = spec.rstrip("?*").split(":")
    filled = {"audience": "staff", "source": "", "shared_standards": "", "revision": "1"}
    links = [sa.ForeignKey(target)] if target else []
    column = sa.Column(name, TYPES[kind](), *links, nullable="?" in spec, server_default=filled.get(name))
    if name == "sequence":
        column.autoincrement = False
    return column, "*" in spec


def _protect_the_journal() -> None:
    """The chain takes new entries only; old ones leave it through `annexa journal export`, which sets `journal_head.start` first."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER journal_entry_unchanged BEFORE UPDATE ON journal_entry "
            "BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"
        )
        op.execute(
            "CREATE TRIGGER journal_entry_kept BEFORE DELETE ON journal_entry "
            "WHEN old.sequence > (SELECT coalesce(max(start), 0) FROM journal_head) "
            "BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION journal_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF TG_OP = 'DELETE' AND OLD.sequence <= (SELECT coalesce(max(start), 0) FROM journal_head) THEN RETURN OLD; END IF; "
        "RAISE EXCEPTION 'the journal is append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER journal_entry_kept BEFORE UPDATE OR DELETE ON journal_entry FOR EACH ROW EXECUTE FUNCTION journal_is_append_only()"
    )
    op.execute(
        "CREATE TRIGGER journal_entry_not_truncated BEFORE TRUNCATE ON journal_entry "
        "FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only()"
    )
