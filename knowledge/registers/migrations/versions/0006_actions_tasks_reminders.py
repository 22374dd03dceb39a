"""Corrective actions in 8D form, tasks elsewhere, reminders, calendars, answers to readiness checks, working times.

The outbox is made anew: no release wrote to it.
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0006"
down_revision = "0005"

TEXTS = {
    "person": ("working_days", "working_hours"),
    "site": ("holidays", "closed_days"),
    "corrective_action": ("team", "problem", "why_1", "why_2", "why_3", "why_4", "why_5", "escape_cause", "closing_note"),
    "kpi": ("measure",),
    "programme_task": ("template",),
    "improvement": ("origin",),
    "external_ref": ("seen",),
}
DAYS = {"person": ("absent_from", "absent_until")}
LINKS = {
    "person": {"site": "site"},
    "audit": {"cloned_from": "audit"},
    "improvement": {"finding": "finding", "review": "management_review"},
}


def upgrade() -> None:
    for table, names in TEXTS.items():
        for name in names:
            kind, empty = (sa.JSON(), "{}") if name == "seen" else (sa.String(), "")
            op.add_column(table, sa.Column(name, kind, nullable=False, server_default=empty))
    for table, names in DAYS.items():
        for name in names:
            op.add_column(table, sa.Column(name, sa.Date(), nullable=True))
            op.create_index(f"ix_{table}_{name}", table, [name])
    for table, links in LINKS.items():
        for name, to in links.items():
            # Understood by both databases; Alembic would make SQLite's table anew, which rows that lead to it forbid.
            op.execute(f"ALTER TABLE {table} ADD COLUMN {name} VARCHAR REFERENCES {to} (id)")
            op.create_index(f"ix_{table}_{name}", table, [name])
    op.create_index("ix_improvement_origin", "improvement", ["origin"])
    op.create_index("ix_corrective_action_due", "corrective_action", ["due_date", "state", "audience", "retired_at"])
    op.add_column("external_ref", sa.Column("missing_at", UTCDateTime(), nullable=True))
    op.create_index("ix_external_ref_row", "external_ref", ["kind", "row_id", "tracker"], unique=True)
    op.drop_table("outbox")
    for name, columns in TABLES.items():
        op.create_table(name, *_made(columns))


TABLES = {
    "outbox": """
        key:str! kind:str* register_name:str row_id:str* payload:json state:str* attempts:int next_try:moment?* lease_until:moment?
        holder:str posted_at:moment? ref:str error:str created_at:moment done_at:moment?
    """,
    "external_comment": """
        ref_id:int*>external_ref.id external_id:str ours:bool author:str text:str written_at:moment? created_at:moment
    """,
    "reminder": """
        key:str! rule:str* register_name:str row_id:str* due_on:date step:int person_id:str*>person.id channel:str state:str* late_days:int
        post_key:str* reason:str created_at:moment
    """,
    "reminder_answer": """
        key:str! person_id:str*>person.id rule:str register_name:str row_id:str* answer:str until:date? reason:str created_at:moment
    """,
    "calendar_link": """
        person_id:str?*>person.id digest:str! created_by:str?>person.id created_at:moment revoked_at:moment?
    """,
    "readiness_answer": """
        check_name:str* answer:str proof:str person_id:str>person.id answered_at:moment
    """,
}
"""`name:type` with `?` where it may be empty, `*` where it is indexed, `!` where it is also unique, `>table.column` where it leads elsewhere."""
TYPES = {"str": sa.String, "int": sa.Integer, "bool": sa.Boolean, "date": sa.Date, "moment": UTCDateTime, "json": sa.JSON}


def _made(columns: str) -> list[sa.schema.SchemaItem]:
    made: list[sa.schema.SchemaItem] = [sa.Column("id", sa.Integer(), primary_key=True)]
    for word in columns.split():
        name, rest = word.split(":")
        rest, _, to = rest.partition(">")
        leads = [sa.ForeignKey(to)] if to else []
        kind = TYPES[rest.rstrip("?*!")]()
        unique = "!" in rest
        made.append(sa.Column(name, kind, *leads, nullable="?" in rest, index="*" in rest or unique, unique=unique or None))
    if "external_id" in columns:
        made.append(sa.UniqueConstraint("ref_id", "external_id"))
    return made
