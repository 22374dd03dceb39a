"""REST for reminders and calendars, for the command line beside a running process: what would go out, sending it, secret addresses."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from assistant import identity, waking
from assistant.app import App
from assistant.web.failures import described
from assistant.web.reminders import address_of
from assistant.web.security import owner_only
from assistant.web.shapes import Text
from knowledge.registers.values import FIRST_DAY, LAST_DAY, plausible

router = APIRouter(prefix="/api", responses=described(401, 403, 413, 421, 422))


def moment_of(at: datetime) -> datetime:
    """The moment, in UTC where it names no zone. Raises ValueError for one from which no days can be reckoned."""
    if not plausible(at.date()):
        raise ValueError(f"lies outside of {FIRST_DAY} to {LAST_DAY}")
    return at if at.tzinfo else at.replace(tzinfo=UTC)


class Wanted(BaseModel):
    """The moment to look at, now without one; with `dry_run` nothing is sent."""

    model_config = ConfigDict(extra="forbid")

    at: Annotated[datetime, AfterValidator(moment_of)] | None = None
    dry_run: bool = True


class Looked(BaseModel):
    """What would go out to whom and why (`messages`), or how the messages ended that were sent (`ended`)."""

    at: datetime
    messages: list[dict[str, Any]] | None = None
    ended: dict[str, int] = {}
    missing: str = ""


class Whose(BaseModel):
    """Whose calendar: a person by e-mail or id; with `plan` that of the plan, as this person may read it."""

    model_config = ConfigDict(extra="forbid")

    whose: Annotated[Text, Field(min_length=1, max_length=320, pattern=r"^[^\x00-\x1f]*$")]
    plan: Annotated[bool, Field(strict=True)] = False


class CalendarMade(BaseModel):
    """The secret address; it is told this once."""

    url: str


class CalendarsRevoked(BaseModel):
    """How many addresses lead nowhere from now on."""

    revoked: int


@router.post("/reminders/run", summary="Send what is due, or show it", dependencies=[Depends(owner_only)], response_model_exclude_none=True)
def run(request: Request, wanted: Wanted) -> Looked:
    """What went out, or would. Only for the owner of the data folder; what is sent is sent as of now."""
    app: App = request.app.state.app
    moment = app.settings.moment() if wanted.at is None or not wanted.dry_run else wanted.at
    return Looked.model_validate(waking.remind(app, moment, wanted.dry_run))


@router.post("/calendars", summary="Make the address of a calendar", status_code=201, dependencies=[Depends(owner_only)])
def calendar_link(request: Request, of: Whose) -> CalendarMade:
    """A new secret address. Only for the owner of the data folder; people make theirs on the page."""
    app: App = request.app.state.app
    asker = identity.asker(app.store, of.whose)
    with app.store.write() as session:
        secret = app.calendar_links.make(session, asker, None if of.plan else asker.person_id, app.settings.moment())
    return CalendarMade(url=f"{address_of(request)}/calendar/{secret}.ics")


@router.post("/calendars/revocation", summary="Take back the addresses of a calendar", dependencies=[Depends(owner_only)])
def calendar_revoke(request: Request, of: Whose) -> CalendarsRevoked:
    """None of the addresses that were given out leads anywhere any more. Only for the owner of the data folder."""
    app: App = request.app.state.app
    asker = identity.asker(app.store, of.whose)
    with app.store.write() as session:
        return CalendarsRevoked(
            revoked=app.calendar_links.revoke(session, asker, None if of.plan else asker.person_id, app.settings.moment())
        )
