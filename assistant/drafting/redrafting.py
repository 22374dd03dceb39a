"""A section drafted again as somebody asked, and a whole draft in a chat model's words: the rules' text stands wherever the model's does not hold."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlmodel import Session

from assistant.drafting import documents, instructions, marks, open_points, prose
from assistant.drafting.documents import Draft
from assistant.drafting.instructions import Order
from assistant.drafting.life import Version
from assistant.drafting.marks import Section
from assistant.drafting.prose import Prose
from assistant.drafting.sources import Find, Finder, Source
from assistant.drafting.suggestions import Suggestion
from assistant.drafting.types import DocumentType, document_type
from assistant.errors import ModelFailed
from assistant.llm import ChatModel
from knowledge.errors import Problem, RowRefused
from knowledge.registers.derived import Context
from knowledge.registers.rights import Actor

log = logging.getLogger(__name__)
_MOST_FAILURES = 2
_LEAVING = ("public", "staff"), ("public", "internal")
_RULES_CAN = (
    "rules can answer a question of the section (question 3: 30 days), cut its tables (only 5 rows, all rows, without the column owner, "
    "with the column due date), fill it for one row (for AI-003) or from today's registers (up to date)"
)


@dataclass(frozen=True)
class Wordsmith:
    """The chat model, if there is one, and whether text that not all staff may read may be shown to it."""

    model: ChatModel | None = None
    sees_restricted: bool = False

    def for_text(self, audience: str, classification: str) -> ChatModel | None:
        """The model where it may see a text with these readers and this classification."""
        return self.model if self.sees_restricted or (audience in _LEAVING[0] and classification in _LEAVING[1]) else None


def again(
    session: Session, actor: Actor, context: Context, find: Find, found: Version, wanted: str, instruction: str, smith: Wordsmith
) -> Suggestion:
    """What the instruction makes of a section. Raises RowRefused where nobody can follow it, and nothing is changed then."""
    section, made = marks.section(found.text.markdown, wanted), found.text.draft
    points = open_points.still_open(section.body, open_points.points_of(made))
    kind = document_type(str(made["type"]))
    order = instructions.read(instruction, points, kind.about)
    if order:
        return _by_rules(session, actor, context, find, made, kind, section, instruction, order)
    model = smith.for_text(found.document.audience, str(made.get("classification") or "internal"))
    if model is None:
        why = (
            "the readers or the classification of this document do not let it be shown to the chat model"
            if smith.model
            else "no chat model is set"
        )
        raise _refused(made, f"{why}, and {_RULES_CAN}; nothing was changed")
    sources = [Source(**one) for one in made["sources"]]
    try:
        spoken = prose.spoken(section.heading, section.body, found.document.language, sources, model, instruction, find(instruction))
    except ModelFailed as error:
        raise _refused(made, f"{error} Nothing was changed; {_RULES_CAN}") from error
    if spoken is None:
        raise _refused(made, f"nothing that the chat model wrote holds against its sources, so nothing was changed; {_RULES_CAN}")
    return _suggestion(section, instruction, made, spoken.body, spoken)


def _by_rules(
    session: Session,
    actor: Actor,
    context: Context,
    find: Find,
    made: Mapping[str, Any],
    kind: DocumentType,
    section: Section,
    instruction: str,
    order: Order,
) -> Suggestion:
    body, sources, points = section.body, tuple(made["sources"]), tuple(made["open_points"])
    added: tuple[Any, Any] = ((), ())
    if order.fills:
        filled = documents.section_again(session, actor, context, find, kind, made, section.heading, order.subject, order.shape)
        body, added = filled.body, (filled.sources[len(sources) :], filled.open_points[len(points) :])
    for number, text in order.answers.items():
        body = marks.answered(body, number, text)
    if body == section.body:
        raise _refused(made, "the section says that already; nothing was changed")
    made_of = _suggestion(section, instruction, made, body)
    return replace(made_of, sources=added[0], points=added[1], origin="rules" if order.fills else "person")


def _suggestion(section: Section, instruction: str, made: Mapping[str, Any], body: str, spoken: Prose | None = None) -> Suggestion:
    """The suggestion of a body; who suggested it and when is known once it is kept."""
    one = Suggestion(
        0, instruction, "", "", section=section.heading, before=section.body, body=body,
        known_sources=len(made["sources"]), known_points=len(made["open_points"]),
    )  # fmt: skip
    if spoken is None:
        return one
    sentences = tuple(asdict(line) for line in spoken.sentences)
    return replace(one, origin="model", sources=spoken.added, sentences=sentences, model=spoken.model, prompt_hash=spoken.prompt_hash)


def worded(draft: Draft, smith: Wordsmith) -> Draft:
    """The draft with the sections that the model says better; the others, and all of it after a second failure, as the rules wrote them."""
    model = smith.for_text(draft.audience, draft.classification)
    if model is None:
        return draft
    text, origins, failures = draft.text, dict(draft.origins), 0
    sentences: list[Mapping[str, str]] = list(draft.sentences)
    digest = ""
    for heading in [section.heading for section in marks.sections(text)]:
        section = marks.section(text, heading)
        try:
            spoken = prose.spoken(heading, section.body, draft.language, draft.sources, model) if failures < _MOST_FAILURES else None
        except ModelFailed as error:
            log.warning("section in the words of the rules: %s", error)
            failures, spoken = failures + 1, None
        if spoken:
            text, digest = marks.with_body(text, section, spoken.body), spoken.prompt_hash
            origins[heading] = "model"
            sentences += [{"section": heading, **asdict(line)} for line in spoken.sentences]
    if not digest:
        return draft
    return replace(draft, text=text, origins=origins, sentences=tuple(sentences), model=model.name, prompt_hash=digest)


def searching(
    find: Finder, kind: DocumentType, answers: Mapping[str, str], actor: Actor, also: Sequence[str] = (), heading: str = ""
) -> Find:
    """What answers the searches of a draft: all of them done at once, beforehand."""
    asked = list(dict.fromkeys([*documents.searched(kind, answers, heading), *also]))
    found = dict(zip(asked, find(asked, actor), strict=True)) if asked else {}
    return lambda question: found.get(question, [])


def _refused(made: Mapping[str, Any], reason: str) -> RowRefused:
    return RowRefused([Problem("document", str(made.get("number", "")), "instruction", "", reason)])
