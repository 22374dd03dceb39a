"""One Settings class: every setting by its environment variable, with what it means and what is allowed."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url

from assistant.errors import WrongSettings
from knowledge.embedding import PACKAGED
from knowledge.registers import sqlite_url

SECRETS = (Path("/run/secrets"),)


class Settings(BaseSettings):
    """What a company sets; each field is `ANNEXA_` and its name in capitals, Slack's secrets keep Slack's names.

    A container may give a value as a file of that name in `/run/secrets`.
    """

    model_config = SettingsConfigDict(
        env_prefix="ANNEXA_",
        extra="ignore",
        validate_default=True,
        populate_by_name=True,
        secrets_dir=[path for path in SECRETS if path.is_dir()],
    )

    data: Path = Path("data")
    database_url: str = ""
    database_password: str = ""
    chroma_url: str = ""
    encoder: str = PACKAGED
    model: str = ""
    model_url: str = ""
    model_key: str = ""
    model_timeout: float = Field(default=30, gt=0, le=600)
    model_inside: bool = False
    model_restricted: bool = False
    host: str = "127.0.0.1"
    port: int = Field(default=8300, ge=0, le=65535)
    public_url: str = ""
    trusted_proxy: str = ""
    now: datetime | None = None
    demo: bool = False
    log_level: Literal["debug", "info", "warning", "error"] = "warning"
    smtp_url: str = ""
    smtp_user: str = ""
    smtp_password: str = ""
    mail_from: str = ""
    reminder_days: str = ""
    slack_api_url: str = "https://slack.com/api/"
    slack_bot_token: str = Field(default="", alias="SLACK_BOT_TOKEN")
    slack_app_token: str = Field(default="", alias="SLACK_APP_TOKEN")
    tracker: Literal["board", "jira", "github", "webhook"] = "board"
    tracker_project: str = ""
    jira_url: str = ""
    jira_user: str = ""
    jira_token: str = Field(default="", repr=False)
    jira_issue_type: str = "Task"
    github_url: str = "https://api.github.com"
    github_token: str = Field(default="", repr=False)
    webhook_url: str = Field(default="", repr=False)
    webhook_secret: str = Field(default="", repr=False)

    @field_validator("database_url", "chroma_url", "model_url", "public_url", "slack_api_url", "jira_url", "github_url", "webhook_url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        if value and "://" not in value:
            raise ValueError("must be an address with a scheme, such as http://127.0.0.1:8000")
        return value

    @field_validator("model")
    @classmethod
    def _names_provider(cls, value: str) -> str:
        if value and ":" not in value:
            raise ValueError("must be provider:name, for example openai:gpt-4.1-mini")
        return value

    @field_validator("jira_url", "github_url", "webhook_url")
    @classmethod
    def _is_web_address(cls, value: str) -> str:
        if value and not re.fullmatch(r"https?://[^\s/@\\]+(/\S*)?", value):
            raise ValueError("must be an address that begins with https:// and a host, without a user or a token in it")
        return value

    @property
    def tracker_faults(self) -> list[str]:
        """What is missing or wrong for the tracker that is chosen, a line each with its setting."""
        return [f"- ANNEXA_{name.upper()}: {fault}" for name, fault in _tracker_faults(self)]

    @field_validator("smtp_url")
    @classmethod
    def _is_mail_server(cls, value: str) -> str:
        if value and not value.startswith(("smtp://", "smtps://")):
            raise ValueError("must be smtp://host:587 or smtps://host:465")
        return value

    @field_validator("mail_from")
    @classmethod
    def _is_sender(cls, value: str, info: ValidationInfo) -> str:
        if (value or info.data.get("smtp_url")) and "@" not in value:
            raise ValueError("must be the address that reminders come from, such as annexa@plant.example")
        return value

    @field_validator("reminder_days")
    @classmethod
    def _names_days(cls, value: str) -> str:
        _steps(value)
        return value

    @property
    def reminder_steps(self) -> dict[str, tuple[int, ...]]:
        """Days before the due day by rule of reminders, where the company has set its own."""
        return _steps(self.reminder_days)

    @property
    def url(self) -> str:
        """Address of the database: the one that is set, else the SQLite file in the data folder."""
        if self.database_url and self.database_password:
            return make_url(self.database_url).set(password=self.database_password).render_as_string(hide_password=False)
        return self.database_url or sqlite_url(self.data / "annexa.db")

    @property
    def on_one_machine(self) -> bool:
        """True while something in the data folder is the only copy or has one writer, so that one process at a time owns it.

        Processes run side by side with a database server and a Chroma server, not with one of them alone.
        """
        return self.url.startswith("sqlite") or not self.chroma_url

    def moment(self) -> datetime:
        """Now in UTC, or the moment that ANNEXA_NOW fixes."""
        if self.now is None:
            return datetime.now(UTC)
        return self.now if self.now.tzinfo else self.now.replace(tzinfo=UTC)

    def today(self) -> date:
        """The day of `moment`."""
        return self.moment().date()


def load(**given: object) -> Settings:
    """The settings of the environment. Raises WrongSettings listing every wrong one at once."""
    try:
        found = Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        lines = [
            f"- {_variable(str(fault['loc'][0]))}: {fault['msg'].removeprefix('Value error, ')}{_shown(str(fault['loc'][0]), fault['input'])}"
            for fault in error.errors()
        ]
        wrong = {str(fault["loc"][0]) for fault in error.errors()}
        defaults = {name: field.default for name, field in Settings.model_fields.items() if {name, field.alias} & wrong}
        rest = Settings(**{**given, **defaults})  # type: ignore[arg-type]
        lines += [line for line in rest.tracker_faults if not any(_variable(name) in line for name in wrong)]
        raise WrongSettings("These settings are wrong:\n" + "\n".join(lines)) from None  # the cause shows every value, secrets too
    if found.tracker_faults:
        raise WrongSettings("These settings are wrong:\n" + "\n".join(found.tracker_faults))
    return found


_SECRET = ("token", "secret", "password", "key", "webhook_url")


def _shown(field: str, value: object) -> str:
    """The value, unless it is or holds a secret."""
    return "" if any(part in field.lower() for part in _SECRET) or "@" in str(value) else f" (it is {value!r})"


def _tracker_faults(found: Settings) -> Iterator[tuple[str, str]]:
    """(setting, what is wrong) of the chosen tracker."""
    needed = {
        "jira": ("jira_url", "jira_token", "tracker_project"),
        "github": ("github_token", "tracker_project"),
        "webhook": ("webhook_url", "webhook_secret"),
    }
    for name in needed.get(found.tracker, ()):
        if not getattr(found, name, ""):
            yield name, f"it is empty, and the tracker {found.tracker} needs it"
    shape = {"jira": r"[A-Z][A-Z0-9_]+", "github": r"[\w.-]+/[\w.-]+"}.get(found.tracker)
    if shape and found.tracker_project and not re.fullmatch(shape, found.tracker_project):
        like = {"jira": "a project's key such as ISMS", "github": "a repository such as plant/isms"}[found.tracker]
        yield "tracker_project", f"must be {like} (it is {found.tracker_project!r})"
    if found.tracker == "webhook" and 0 < len(found.webhook_secret) < 16:
        yield "webhook_secret", "is too short to sign with: use 16 characters or more, made at random"


def _steps(written: str) -> dict[str, tuple[int, ...]]:
    """`120,60,30; risk_review=30,7,1,0`: days before the due day by rule; without a name they are those before an audit."""
    found = {}
    for part in filter(str.strip, written.split(";")):
        name, _, days = part.rpartition("=")
        numbers = [number.strip() for number in days.split(",") if number.strip()]
        if not numbers or not all(number.isdecimal() and int(number) <= 366 for number in numbers):
            raise ValueError("must be days before the due day, such as 120,90,30; risk_review=30,7,1,0")
        found[name.strip() or "audit_countdown"] = tuple(sorted({int(number) for number in numbers}, reverse=True))
    return found


def _variable(field: str) -> str:
    return field if field.startswith("SLACK_") else f"ANNEXA_{field.upper()}"
