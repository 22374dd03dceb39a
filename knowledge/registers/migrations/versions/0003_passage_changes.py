"""Passage changes: on PostgreSQL, which passages changed after what, so that a process takes up what another one wrote.

The order is that of the commits: whoever changes passages holds a lock until the transaction ends. A vector that came is a change of
its passages. SQLite has one process, which needs none of this.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_NOTE = """
CREATE FUNCTION passage_turn() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  PERFORM pg_advisory_xact_lock(27001, 1);
  RETURN NULL;
END $$;
CREATE FUNCTION note_passage() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO passage_change (passage_id, sequence) VALUES (coalesce(NEW.id, OLD.id), nextval('passage_change_sequence'))
  ON CONFLICT (passage_id) DO UPDATE SET sequence = excluded.sequence;
  RETURN NULL;
END $$;
CREATE FUNCTION note_vector() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO passage_change (passage_id, sequence) SELECT id, nextval('passage_change_sequence') FROM passage WHERE hash = NEW.hash
  ON CONFLICT (passage_id) DO UPDATE SET sequence = excluded.sequence;
  RETURN NULL;
END $$;
CREATE TRIGGER passage_turn BEFORE INSERT OR UPDATE OR DELETE ON passage FOR EACH STATEMENT EXECUTE FUNCTION passage_turn();
CREATE TRIGGER vector_turn BEFORE INSERT ON vector FOR EACH STATEMENT EXECUTE FUNCTION passage_turn();
CREATE TRIGGER passage_noted AFTER INSERT OR UPDATE OR DELETE ON passage FOR EACH ROW EXECUTE FUNCTION note_passage();
CREATE TRIGGER vector_noted AFTER INSERT ON vector FOR EACH ROW EXECUTE FUNCTION note_vector();
"""


def upgrade() -> None:
    op.create_table(
        "passage_change",
        sa.Column("passage_id", sa.String(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("passage_id"),
    )
    op.create_index("ix_passage_change_sequence", "passage_change", ["sequence"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE SEQUENCE passage_change_sequence")
        op.execute(_NOTE)
