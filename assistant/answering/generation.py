"""The same answer in a chat model's words: each claim with a passage and a quote, dropped when the quote is not there."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pydantic import BaseModel, Field

from assistant import prompts, verification
from assistant.answering.extraction import Found, may_be_quoted
from assistant.llm import ChatModel
from knowledge import orders

_MOST_CLAIMS = 6


class _Claim(BaseModel):
    text: str = Field(max_length=2_000)
    passage: str
    quote: str = Field(max_length=4_000)


class _Claims(BaseModel):
    claims: list[_Claim]


@dataclass(frozen=True)
class Spoken:
    """A claim that holds: its words (empty where only the quote is certain) and the sentence it rests on."""

    text: str
    found: Found


def may_leave(found: Found, inside: bool, restricted: bool) -> bool:
    """True for text that the chat model may see: restricted and licensed text stays in the plant unless an admin decided otherwise."""
    return inside or restricted or (found.passage.kind != "licensed" and found.passage.audience in {"public", "staff"})


def speak(question: str, language: str, sources: Sequence[Found], model: ChatModel) -> list[Spoken]:
    """Claims of the model that stand in their passages, in the order of the sources. Raises ModelFailed."""
    passages = {f"p{number}": found for number, found in enumerate(_one_a_passage(sources), 1)}
    message = json.dumps(
        {
            "question": question,
            "passages": [
                {"id": id_, "title": found.passage.heading, "text": orders.harmless(found.passage.text)} for id_, found in passages.items()
            ],
        },
        ensure_ascii=False,
    )
    reply = model.reply(prompts.answer_prompt(language), message, _Claims)
    spoken = []
    for claim in reply.claims[:_MOST_CLAIMS]:
        source = passages.get(claim.passage)
        span = verification.span_of(claim.quote, source.passage.text) if source else None
        if source is None or span is None:
            continue
        found = replace(source, start=span[0], end=span[1])
        if may_be_quoted(found.passage, *span):
            spoken.append(Spoken(claim.text.strip() if verification.supported(claim.text, found.quote) else "", found))
    order = list(passages)
    return sorted(spoken, key=lambda one: order.index(next(id_ for id_ in order if passages[id_].passage.id == one.found.passage.id)))


def _one_a_passage(sources: Sequence[Found]) -> list[Found]:
    return list({found.passage.id: found for found in reversed(sources)}.values())[::-1]
