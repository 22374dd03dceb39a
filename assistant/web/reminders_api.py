"""REST for reminders: what would go out, and sending it, for the command line beside a running process."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import AfterValidator, BaseModel, ConfigDict

from assistant import waking
from assistant.app import App
from assistant.web.failures import described
from assistant.web.security import owner_only
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


@router.post("/reminders/run", summary="Send what is due, or show it", dependencies=[Depends(owner_only)], response_model_exclude_none=True)
def run(request: Request, wanted: Wanted) -> Looked:
    """What went out, or would. Only for the owner of the data folder; what is sent is sent as of now."""
    app: App = request.app.state.app
    moment = app.settings.moment() if wanted.at is None or not wanted.dry_run else wanted.at
    return Looked.model_validate(waking.remind(app, moment, wanted.dry_run))
