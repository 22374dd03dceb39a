"""People, what they may read, and the tokens they use."""

from datetime import UTC, datetime

from sqlmodel import Field, SQLModel

ROLES = ("staff", "owner", "isms_manager", "approver", "auditor", "admin")


def utc_now() -> datetime:
    """This moment in UTC."""
    return datetime.now(UTC)


class Person(SQLModel, table=True):
    """Somebody who works here or audits us; `id` is said as P-001."""

    id: str = Field(primary_key=True)
    name: str
    email: str = Field(unique=True, index=True)
    role: str = "staff"
    slack_id: str | None = Field(default=None, unique=True)
    department: str = ""
    plant_manager: bool = False
    deputy: str | None = Field(default=None, foreign_key="person.id")
    time_zone: str = "Europe/Berlin"
    created_at: datetime = Field(default_factory=utc_now)
    changed_at: datetime = Field(default_factory=utc_now)


class Grant(SQLModel, table=True):
    """An audience label that a person holds beyond what role and department give."""

    __tablename__ = "audience_grant"
    person_id: str = Field(foreign_key="person.id", primary_key=True)
    label: str = Field(primary_key=True)
    granted_at: datetime = Field(default_factory=utc_now)


class Token(SQLModel, table=True):
    """An API token; only the keyed hash of its secret is kept."""

    id: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="person.id", index=True)
    name: str
    digest: str
    created_at: datetime = Field(default_factory=utc_now)
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None
