"""The words of a risk entry: the statement as auditors want it (because of a cause an event may happen to an asset, leading to a consequence)."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from knowledge import controls, language

Say = Callable[[str], str]
_MODAL = re.compile(r"\b(could|might|would|may|can)\b", re.IGNORECASE)
_PREFACE = re.compile(
    r"^(?:what,?\s+if|what\s+happens\s+(?:if|when)|(?:there\s+is\s+)?(?:a|the)?\s*(?:risk|danger|chance)\s+that|(?:i\s+am|i'm|we\s+are|we're)\s+(?:afraid|worried)\s+that|i\s+fear\s+that|suppose|imagine"
    r"|was,?\s+(?:ist,?\s+)?wenn|was\s+passiert,?\s+wenn|risiko,?\s+dass|gefahr,?\s+dass|es\s+besteht\s+die\s+gefahr,?\s+dass|ich\s+befürchte,?\s+dass|angenommen,?)[\s,:]+",
    re.IGNORECASE,
)
_SHOWN = 400
"""Letters of a sentence that stand in its statement."""
_CONTROL_STATES = {
    "partly": "{control} is only partly in place",
    "planned": "{control} is planned but not yet in place",
    "not started": "{control} has not been started",
    "never checked": "{control} has never been checked",
    "under review according to the register, no evidence recorded": "{control} is under review and nothing proves it",
    "implemented according to the register, no evidence recorded": "{control} is recorded as in place but nothing proves it",
}
_CONSEQUENCES = {
    "integrity": "{about} gives wrong results that nobody notices",
    "confidentiality": "know-how or data of {about} reaches others",
    "availability": "{about} is missing when the line needs it",
    "unnoticed": "{about} is changed without anybody noticing",
}


@dataclass(frozen=True)
class Told:
    """What a statement speaks of: `asset` with its id, `about` the AI system or thing that fails, which `judges` where it gives results.

    `consequence` is the threat's own; without one it is what becomes of each property that is hit.
    """

    asset: str
    about: str
    judges: bool
    hit: Collection[str]
    consequence: str = ""


def state_of(control: str, title: str, status: str, say: Say) -> str:
    """`control A.8.3 (Information access restriction) is only partly in place`."""
    named = say("control {id} ({title})").format(id=control, title=title)
    return say(_CONTROL_STATES.get(status, "{control} is not in place")).format(control=named)


def title_of(control: str, tongue: str) -> str:
    """The title of a control in a language."""
    entry = controls.catalogue().get(controls.ISO_2022, control)
    return "" if entry is None else entry.title_de if tongue == "de" and entry.title_de else entry.title


def statement(sentence: str, tongue: str, told: Told, cause: str, say: Say) -> str:
    """Because of a cause, an event may happen to the asset, leading to a consequence."""
    event = _event(sentence)
    worst = [
        say(_CONSEQUENCES["unnoticed" if name == "integrity" and not told.judges else name]).format(about=told.about)
        for name in ("integrity", "confidentiality", "availability")
        if name in told.hit
    ]
    consequence = told.consequence.format(about=told.about) if told.consequence else say(" and ").join(worst)
    parts = {"cause": cause, "event": event, "asset": told.asset, "consequence": consequence}
    if tongue == "en" and _MODAL.search(event):
        named = told.asset.rpartition(" (")[0].lower() in event.lower() and told.asset
        text = "Because {cause}, {event}, so {consequence}." if named else "Because {cause}, {event}, here {asset}, so {consequence}."
        return text.format(**{**parts, "event": _inside(event)})
    return say("Because {cause}, this may happen to {asset}: {event}. The consequence: {consequence}.").format(**parts)


def _event(sentence: str) -> str:
    event = _PREFACE.sub("", " ".join(language.clean(sentence).split())).rstrip(" .!?;,:")
    return f"{event[:_SHOWN].rsplit(' ', 1)[0]} …" if len(event) > _SHOWN else event


def _inside(event: str) -> str:
    """The event as it goes on after a comma: a first word that is no name begins small."""
    first = event.split(" ", 1)[0]
    return event if first != first.capitalize() or first == "I" else event[:1].lower() + event[1:]


def cause_of(missing: Sequence[tuple[str, str]], existing: Sequence[str], tongue: str, say: Say) -> str:
    """What makes the event possible, from `missing` controls with their state, else from what those in place leave open."""
    if missing:
        control, status = missing[0]
        return state_of(control, title_of(control, tongue), status, say)
    if existing:
        return say("the controls in place ({controls}) do not rule it out").format(controls=", ".join(existing))
    return say("[to decide: what makes it possible]")
