"""The sentences of a section in a chat model's words: each with the sentence or fact that it says, dropped for that one on any doubt.

Tables, quotes, headings and what is still to be decided are not the model's to change. Where nobody gave an instruction, nothing gets lost either.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache

from pydantic import BaseModel, Field

from assistant import prompts, verification
from assistant.drafting import marks
from assistant.drafting.sources import Source
from assistant.llm import ChatModel
from knowledge import controls, language
from knowledge.orders import addresses_assistants

_ITEM = re.compile(r"^(\s*(?:[-*+]|\d+[.)])\s+)(.*)$")
_FIXED = ("|", ">", "#", "```", "    ")
_MARKS = re.compile(r"\[\^\d+\]|\[to decide:[^\]]*\]")
_UNSAYABLE = re.compile(r"[<>{}`*_#|\[\]\\]")
_MOST_ASSUMED = 2
_LEAST_SHARED = 0.75


class _Sentence(BaseModel):
    text: str = Field(max_length=1_000)
    from_: str = Field(alias="from", max_length=20)
    quote: str = Field(default="", max_length=2_000)


class _Paragraph(BaseModel):
    id: str = Field(max_length=20)
    sentences: list[_Sentence] = Field(max_length=40)


class _Reply(BaseModel):
    paragraphs: list[_Paragraph] = Field(max_length=200)


@dataclass(frozen=True)
class Spoken:
    """A sentence that a model wrote, and what it rests on: a quote and where that stands."""

    text: str
    quote: str
    source: str


@dataclass(frozen=True)
class Prose:
    """A body in a model's words. `added` are facts that were not cited before, in the order of their numbers."""

    body: str
    sentences: tuple[Spoken, ...]
    added: tuple[Source, ...]
    model: str
    prompt_hash: str


@dataclass(frozen=True)
class _Given:
    """A sentence as it stands (`text`), and as the model sees it; one that is `fixed` it cannot change."""

    text: str
    plain: str
    fixed: bool


@dataclass(frozen=True)
class _Part:
    """A paragraph or item of a list with the characters before it, or something that is not the model's (`raw` alone)."""

    raw: str
    prefix: str = ""
    sentences: tuple[_Given, ...] = ()


def spoken(
    heading: str, body: str, tongue: str, sources: Sequence[Source], model: ChatModel, instruction: str = "", facts: Sequence[Source] = ()
) -> Prose | None:
    """The body in the model's words, or None where nothing that it wrote holds. Raises ModelFailed.

    `sources` are those of the document so far, by number; `facts` may be added, with a mark. With an instruction sentences may go.
    """
    parts = _parts(body)
    ids = {f"p{number}": part for number, part in enumerate((part for part in parts if part.sentences), 1)}
    if not any(not one.fixed for part in ids.values() for one in part.sentences) or addresses_assistants(body):
        return None
    allowed = {f"f{number}": fact for number, fact in enumerate(facts, 1) if not addresses_assistants(fact.quote)}
    prompt = prompts.section_prompt(tongue, bool(instruction))
    reply = model.reply(prompt, _message(heading, ids, allowed, instruction), _Reply)
    writing = _Writing(heading, tongue, bool(instruction), allowed, list(sources), f"{instruction} {body}")
    written = {one.id: one for one in reversed(reply.paragraphs)}
    made = {id(part): writing.paragraph(key, part, written[key]) if key in written else part.raw for key, part in ids.items()}
    text = re.sub(r"\n{3,}", "\n\n", "".join(made.get(id(part), part.raw) for part in parts)).strip("\n")
    if not writing.sentences and text == body.strip("\n"):
        return None
    digest = hashlib.sha256(prompt.encode()).hexdigest()[:16]
    return Prose(text, tuple(writing.sentences), tuple(writing.sources[len(sources) :]), model.name, digest)


@dataclass
class _Writing:
    """One reply put together: what of it holds is collected in `sentences`."""

    heading: str
    tongue: str
    instructed: bool
    facts: dict[str, Source]
    sources: list[Source]
    known: str
    sentences: list[Spoken] = field(default_factory=list)
    assumed: int = 0

    def paragraph(self, key: str, part: _Part, written: _Paragraph) -> str:
        """The paragraph with what holds; without an instruction the one that was, where a sentence would be lost."""
        given = {f"{key}.t{number}": one for number, one in enumerate(part.sentences, 1)}
        used: list[str] = []
        spoken: list[Spoken] = []
        out: list[str] = []
        for said in written.sentences:
            if said.from_ in given and said.from_ not in used:
                used.append(said.from_)
                out.append(self._said(said, given[said.from_], spoken))
            elif self.instructed and (more := self._more(said, spoken)):
                out.append(more)
        left = [one for id_, one in given.items() if id_ not in used]
        if left and not self.instructed:
            return part.raw
        out += [one.text for one in left if marks.OPEN in one.text]
        if not spoken and [one.text for one in part.sentences] == out:
            return part.raw
        self.sentences += spoken
        return f"{part.prefix}{' '.join(out)}" if out else ""

    def _said(self, said: _Sentence, given: _Given, spoken: list[Spoken]) -> str:
        """The model's sentence with the marks of the given one, or the given one where a doubt remains."""
        text = " ".join(said.text.split())
        stands = verification.span_of(said.quote, given.plain) is not None or _folded(said.quote) == _folded(given.plain)
        if given.fixed or text == given.plain or not stands or not self._holds(text, given.plain):
            return given.text
        if not self.instructed and not (verification.supported(given.plain, text) and verification.adds_nothing(given.plain, text)):
            return given.text
        spoken.append(Spoken(text, given.plain, self.heading))
        return text + "".join(_MARKS.findall(given.text))

    def _more(self, said: _Sentence, spoken: list[Spoken]) -> str:
        """A sentence that rests on a fact, with its mark, or one that a person has to decide on; empty for one that rests on nothing."""
        text, fact = " ".join(said.text.split()), self.facts.get(said.from_)
        if fact is not None:
            quote = fact.quote if verification.span_of(said.quote, fact.quote) else ""
            if not quote or not self._holds(text, quote):
                return ""
            if fact not in self.sources:
                self.sources.append(fact)
            spoken.append(Spoken(text, quote, fact.title))
            return text + marks.source_mark(self.sources.index(fact) + 1)
        plain = verification.harmless(text, self.known) and not _UNSAYABLE.search(text)
        if said.from_ != "assumption" or self.assumed >= _MOST_ASSUMED or not text or verification.claims_standing(text) or not plain:
            return ""
        self.assumed += 1
        spoken.append(Spoken(text, "", "assumption"))
        return f"{marks.OPEN} assumed by the chat model, {text.rstrip('.')}]"

    def _holds(self, text: str, quote: str) -> bool:
        """True for a sentence that says what the quote says: nothing more, in the same order, and with the same duty."""
        if not text or len(text) > 2 * len(quote) + 40 or _UNSAYABLE.search(text) or not verification.harmless(text, quote):
            return False
        if len(text.split()) > 5 and language.language_of(text) != self.tongue:
            return False
        if verification.claims_standing(text) and _folded(text.rstrip(".")) not in _folded(quote):
            return False
        shared = verification.share_known(text, quote) >= _LEAST_SHARED
        return shared and verification.supported(text, quote) and _in_order(text, quote) and not _measures(text) - _measures(quote)


def _message(heading: str, ids: dict[str, _Part], facts: dict[str, Source], instruction: str) -> str:
    paragraphs = [
        {
            "id": key,
            "sentences": [
                {"id": f"{key}.t{number}", "text": one.plain, **({"keep": True} if one.fixed else {})}
                for number, one in enumerate(part.sentences, 1)
            ],
        }
        for key, part in ids.items()
    ]
    shown = [{"id": key, "title": fact.title, "text": fact.quote} for key, fact in facts.items()]
    wanted = {"instruction": instruction} if instruction else {}
    return json.dumps({"section": heading, **wanted, "paragraphs": paragraphs, "facts": shown}, ensure_ascii=False)


def _parts(body: str) -> list[_Part]:
    """The body in pieces that put together give it again: paragraphs, items of lists, and what stands between them."""
    out: list[_Part] = []
    for block in re.split(r"(\n{2,})", body):
        lines = block.split("\n")
        if not block.strip() or any(line.startswith(_FIXED) for line in lines):
            out.append(_Part(block))
        elif _ITEM.match(lines[0]):
            out += _between(_items(lines))
        else:
            out.append(_part("", lines))
    return out


def _items(lines: Sequence[str]) -> list[_Part]:
    groups: list[list[str]] = []
    for line in lines:
        if _ITEM.match(line) or not groups:
            groups.append([line])
        else:
            groups[-1].append(line)
    matches = [(_ITEM.match(group[0]), group) for group in groups]
    return [_part(match[1], [match[2], *group[1:]]) if match else _Part("\n".join(group)) for match, group in matches]


def _between(items: Iterable[_Part]) -> list[_Part]:
    out: list[_Part] = []
    for item in items:
        out += [_Part("\n"), item] if out else [item]
    return out


def _part(prefix: str, lines: Sequence[str]) -> _Part:
    text = " ".join(line.strip() for line in lines)
    raw, sentences = prefix + "\n".join(lines), language.sentences(text)
    if any(one.count(mark) % 2 for one in sentences for mark in ("**", "`", "__")):
        return _Part(raw)  # what is bold begins in one sentence and ends in another: no sentence of it goes alone
    return _Part(raw, prefix, tuple(_given(one) for one in sentences))


def _given(text: str) -> _Given:
    plain = " ".join(_MARKS.sub("", text).split())
    fixed = marks.OPEN in text or bool(_UNSAYABLE.search(plain)) or not re.search(r"\w", plain)
    return _Given(text, text if fixed else plain, fixed)


def _folded(text: str) -> str:
    return " ".join(language.clean(text).split()).casefold()


def _in_order(text: str, quote: str) -> bool:
    """Whether the words that both have stand in the same order, each must, may and not among them: who tells whom is not turned round."""
    said, told = _counted(text), _counted(quote)
    duties = [[word for word in words if word.startswith("duty")] for words in (said, told)]
    both = set(said) & set(told)
    return duties[0] == duties[1] and [word for word in said if word in both] == [word for word in told if word in both]


def _counted(text: str) -> list[str]:
    """The words that say something, in order; a second `not` is another word than the first."""
    seen: dict[str, int] = {}
    out = []
    for stem in _stems(verification.duties_spelled(text)):
        seen[stem] = seen.get(stem, 0) + 1
        if seen[stem] == 1 or stem.startswith("duty"):
            out.append(f"{stem}{seen[stem]}")
    return out


def _stems(text: str) -> list[str]:
    stop = language.ENGLISH_STOP | language.GERMAN_STOP
    return [language.stem(word, "en") for word in language.words(text) if word not in stop]


def _measures(text: str) -> set[str]:
    """Words of a text that name measures, as titles of controls do: none of them is a model's to add."""
    return set(_stems(text)) & _vocabulary()


@cache
def _vocabulary() -> frozenset[str]:
    known = controls.catalogue()
    entries = [entry for framework in controls.NAMES for entry in known.entries(framework)]
    return frozenset(stem for entry in entries for stem in _stems(entry.title))
