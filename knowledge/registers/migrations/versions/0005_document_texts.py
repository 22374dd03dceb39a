"""Documents that are written here: their text as Markdown, who wrote and approved it, and comments on sections."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "document_text",
        sa.Column("version_id", sa.Integer(), sa.ForeignKey("document_version.id"), primary_key=True),
        sa.Column("markdown", sa.String(), nullable=False),
        sa.Column("draft", sa.JSON(), nullable=False),
        sa.Column("written_by", sa.JSON(), nullable=False),
        sa.Column("review_months", sa.Integer(), nullable=False),
        sa.Column("submitted_by", sa.String(), sa.ForeignKey("person.id"), nullable=True),
        sa.Column("submitted_at", UTCDateTime(), nullable=True),
        sa.Column("request", sa.String(), nullable=False),
        sa.Column("approved_by", sa.String(), sa.ForeignKey("person.id"), nullable=True),
        sa.Column("approved_at", UTCDateTime(), nullable=True),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
    )
    op.create_table(
        "document_comment",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("version_id", sa.Integer(), sa.ForeignKey("document_version.id"), nullable=False),
        sa.Column("section", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("author", sa.String(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("settled_by", sa.String(), sa.ForeignKey("person.id"), nullable=True),
        sa.Column("settled_at", UTCDateTime(), nullable=True),
    )
    op.create_index("ix_document_comment_version_id", "document_comment", ["version_id"])
