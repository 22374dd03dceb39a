"""The words of a risk entry said better by a chat model, inside a typed shape; figures, controls and facts are not its to change."""

import hashlib
import json
import logging
import re
from typing import Annotated

from pydantic import BaseModel, Field

from assistant import prompts, verification
from assistant.drafting.risks import RiskDraft
from assistant.errors import ModelFailed
from assistant.llm import ChatModel
from assistant.phrases import phrases
from knowledge import language
from knowledge.orders import addresses_assistants

log = logging.getLogger(__name__)
_MOST_CAUSES = 3
_BECAUSE = re.compile(r"\b(because|since|due to|weil|da|wegen)\b", re.IGNORECASE)


class _Words(BaseModel):
    statement: str = Field(max_length=1_500)
    causes: list[Annotated[str, Field(max_length=300)]] = []


def reworded(made: RiskDraft, model: ChatModel) -> RiskDraft:
    """The entry with the model's words where they hold; on any doubt or failure it stays as the rules wrote it."""
    if made.restricted or addresses_assistants(made.sentence):
        return made
    prompt = prompts.risk_prompt(made.language)
    facts = [fact.text for one in made.inherent.impact.values() for fact in one.facts]
    source = {
        "sentence": made.sentence,
        "statement": made.statement,
        "threat": f"{made.family}: {made.threat_name}",
        "facts": list(dict.fromkeys(facts)),
    }
    try:
        said = model.reply(prompt, json.dumps(source, ensure_ascii=False), _Words)
    except ModelFailed as error:
        log.warning("risk entry in the words of the rules: %s", error)
        return made
    known = f"{made.sentence} {made.statement} {source['threat']}"
    better = " ".join(said.statement.split())
    statement = better if _holds(better, known, made) else made.statement
    causes = [one for cause in said.causes[:_MOST_CAUSES] if _harmless(one := " ".join(cause.split()), known)]
    if statement == made.statement and not causes:
        return made
    say = phrases(made.language)
    note = say("A chat model suggests as causes, to be checked: {causes}")
    assumptions = [*made.assumptions, *([note.format(causes="; ".join(causes))] if causes else [])]
    changed = {"statement": statement, "causes": causes, "assumptions": assumptions, "model": model.name}
    return made.model_copy(update={**changed, "prompt_hash": hashlib.sha256(prompt.encode()).hexdigest()[:16]})


def _holds(text: str, known: str, made: RiskDraft) -> bool:
    """True for a statement that says the same: its cause, asset and consequence, and nothing that the rules did not say."""
    if not 40 <= len(text) <= 2 * len(made.statement) or language.language_of(text) != made.language or made.asset not in text:
        return False
    same = verification.words_stand(text, known) and verification.words_stand(made.sentence, text)
    return bool(_BECAUSE.search(text)) and same and (not verification.claims_standing(text) or _cause(made) in text) and _plain(text, known)


def _harmless(text: str, known: str) -> bool:
    """True for a cause that claims nothing: no figure, name or control that was not given, and not that something stands."""
    return len(text.split()) > 1 and not verification.claims_standing(text) and _plain(text, known)


def _plain(text: str, known: str) -> bool:
    return verification.harmless(text, known) and not verification.speaks_of_scores(text)


def _cause(made: RiskDraft) -> str:
    """The cause as the rules say it, up to the first comma."""
    return made.statement.split(" ", 1)[-1].split(",", 1)[0]
