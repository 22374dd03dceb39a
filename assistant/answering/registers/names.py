"""The names that stand in one plant's data: of people, places, suppliers, systems and documents, with who may know of them."""

import re
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlmodel import Session

from assistant.answering.registers.vocabulary import Lexicon, Sense, cues, described, fillers, fold, label_of, stems, tokens_of
from knowledge.registers import REGISTERS, Asset, Person, Store, queries
from knowledge.registers.columns import Kind
from knowledge.registers.rights import Actor

NAMED = ("person", "site", "zone", "supplier", "ai_system", "asset", "document", "certificate", "kpi", "interested_party", "obligation")
"""Registers whose rows people call by name, those first that a name means when several have it."""
TITLED = (*NAMED, *(name for name, found in REGISTERS.items() if name not in NAMED and label_of(found) != found.id_name))
"""Registers whose rows people also find by a word of their title: `legacy PLCs`, `the security training`."""
_NOT_SAID = ("audience", "source", "email", "number", "version", "link", "address", "prompt_hash", "file_hash", "content_hash", "slack_id")
"""Columns of text whose values nobody says in a question."""
PLACES = (("person", "department"), ("site", "city"), ("site", "country"), ("supplier", "country"))
"""Columns of few values that people say as names: `in quality`."""
_SHORTEST, _MOST_WORDS = 3, 5
_MOST_NAMES = 5_000
"""A register with more rows is not read: its rows are named by id."""
_CODE = re.compile(r"[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)+")
"""What looks like the name that a machine has in the network: `FW-AHR` of `Firewall FW-AHR`."""
_LEGAL_FORMS = {"gmbh", "ag", "se", "kg", "ltd", "inc", "co", "dr", "mr", "mrs", "frau", "herr"}


@dataclass
class Names:
    """Names of rows with their readers, and the readings of places; read once for each state of the data."""

    lexicon: Lexicon
    readers: dict[tuple[str, str], str]
    labels: dict[tuple[str, str], str]
    stamp: tuple[Any, ...]
    emails: dict[str, str] = field(default_factory=dict)
    titles: dict[str, frozenset[str]] = field(default_factory=dict)
    """Words of the titles of each register, of rows that everybody here may read."""
    texts: dict[str, dict[str, frozenset[str]]] = field(default_factory=dict)
    """Words of the short texts in each column of each register, of the same rows."""
    phrases: dict[str, dict[tuple[str, ...], Sense]] = field(default_factory=dict)
    """What stands in such a column as a whole, of several words, by its words that say something."""

    def visible(self, sense: Sense, actor: Actor) -> bool:
        """Whether the actor may know of the row that a name means."""
        return actor.role == "installation" or self.readers[sense.register, sense.values[0]] in actor.audiences

    def called(self, sense: Sense) -> tuple[str, ...]:
        """What stands for a person where a column holds text: name and e-mail."""
        id_ = sense.values[0]
        return tuple(filter(None, (self.labels.get(("person", id_)), self.emails.get(id_))))

    def titled(self, register: str, text: str) -> tuple[str, ...]:
        """The text where each of its words stands in a title of the register, one word with its other forms there: `boxes`, `box`."""
        known, words = self.titles.get(register, frozenset()), tokens_of(text)
        if len(text) <= _SHORTEST or not known.issuperset(words):
            return ()
        forms = [one for one in known if len(words) == 1 and one != words[0] and set(stems(one)) & set(stems(words[0]))]
        return (text, *sorted(forms))

    def holding(self, register: str, text: str) -> str:
        """The one column of short texts in which each word of the text stands; empty where none does, or several do."""
        words = set(tokens_of(text))
        found = [column for column, known in self.texts.get(register, {}).items() if words and words <= known]
        return found[0] if len(found) == 1 and len(text) > _SHORTEST else ""

    def may_hold(self, register: str, column: str, text: str) -> bool:
        """Whether a text may stand in a column: unless all that stands there is known, and it does not."""
        known = self.texts.get(register, {}).get(column)
        return known is None or all(any(word in one for one in known) for word in tokens_of(text))

    def label_has(self, sense: Sense, actor: Actor, word: str) -> bool:
        """Whether a word only says again how the row is called that a name or an id means: `the tank AST-130`, `Lager (ZN-07)`."""
        key = sense.register, sense.values[0]
        return key in self.readers and self.visible(sense, actor) and set(tokens_of(word)) <= set(tokens_of(self.labels[key]))


class Vocabulary:
    """The names that stand in one plant's data, kept until the data change. It may be used by several threads."""

    def __init__(self, store: Store) -> None:
        self._store, self._lock = store, threading.Lock()
        self._names: Names | None = None

    def names(self) -> Names:
        """The names of now."""
        with self._store.read() as session:
            stamp = _stamp(session)
            with self._lock:
                if self._names is None or self._names.stamp != stamp:
                    self._names = _read(session, stamp)
                return self._names


def _stamp(session: Session) -> tuple[Any, ...]:
    return tuple(session.connection().execute(_latest_changes()).one())


@cache
def _latest_changes() -> Select[Any]:
    """When the rows of each register that has names last changed; asked with every question, so made once."""
    return select(*(select(func.max(REGISTERS[name].model.__table__.c.changed_at)).scalar_subquery() for name in TITLED))


def _read(session: Session, stamp: tuple[Any, ...]) -> Names:
    names = Names(Lexicon(), {}, {}, stamp)
    for register in NAMED:
        found = REGISTERS[register]
        table = found.model.__table__.c
        label = table[label_of(found)]
        key = queries.id_column(found)
        rows = session.execute(select(key, label, table.audience).where(table.retired_at.is_(None)).limit(_MOST_NAMES + 1)).all()
        if len(rows) > _MOST_NAMES:
            continue
        shorts: dict[str, list[str]] = defaultdict(list)
        for id_, name, audience in rows:
            names.readers[register, id_], names.labels[register, id_] = audience, name
            sense = Sense("row", register, "", (id_,))
            for phrase in (name, _plain(name)):
                names.lexicon.add(phrase, sense)
            for short in _shorts(register, name):
                shorts[short].append(id_)
        for short, ids in shorts.items():
            if len(ids) == 1:
                names.lexicon.add(short, Sense("row", register, "", (ids[0],)))
    _foreign_ids(session, names)
    names.emails = dict(session.execute(select(Person.id, Person.email).limit(_MOST_NAMES)).all())  # type: ignore[call-overload]
    for register in TITLED:
        names.titles[register] = frozenset(_title_words(session, register))
        names.texts[register] = {}
        for column, values in _short_texts(session, register):
            names.texts[register][column] = frozenset(token for value in values for token in tokens_of(value))
            for value in values:
                if 1 < len(said_of(value)) <= _MOST_WORDS:
                    sense = Sense("code", register, column, (value,))
                    names.phrases.setdefault(register, {}).setdefault(said_of(value), sense)
    for register, column in PLACES:
        there = REGISTERS[register].model.__table__.c[column]
        said = session.execute(select(there).where(there != "").distinct().limit(_MOST_NAMES)).scalars().all()
        for value in said:
            for phrase in _countries(value) if column == "country" else (value,):
                names.lexicon.add(phrase, Sense("code", register, column, (value,)))
        for region, inside in _regions(said) if column == "country" else ():
            names.lexicon.add(region, Sense("code", register, column, inside))
    for place in session.execute(select(Asset.line).where(Asset.line != "").distinct().limit(_MOST_NAMES)).scalars():  # type: ignore[call-overload]
        for word in re.findall(r"\b[A-Z]+\d+\b", place):
            names.lexicon.add(f"line {word}", Sense("code", "asset", "line", (word,)))
            names.lexicon.add(f"Linie {word}", Sense("code", "asset", "line", (word,)))
    return names


def _foreign_ids(session: Session, names: Names) -> None:
    """Take up the ids that are not of our own form, such as inventory numbers that a company brought along: `INV-1058`, `IS-POL-01`."""
    for register in TITLED:
        found = REGISTERS[register]
        table, key = found.model.__table__.c, queries.id_column(found)
        foreign = [] if register == "document" or not found.about.prefix else [_not_our_form(key, found.about.prefix)]
        wanted = select(key, table[label_of(found)], table.audience).where(table.retired_at.is_(None), *foreign).limit(_MOST_NAMES + 1)
        rows = session.execute(wanted).all()
        for id_, label, audience in rows if len(rows) <= _MOST_NAMES else ():
            if any(letter.isdigit() for letter in id_):
                names.readers[register, id_], names.labels[register, id_] = audience, label
                names.lexicon.add(id_, Sense("row", register, "", (id_,)))


def _not_our_form(key: Any, prefix: str) -> Any:
    """The condition that an id is none of ours: `AU-26-U1` has our letters, and is a company's own."""
    return or_(key.not_like(f"{prefix}-%"), and_(key.like(f"{prefix}-%-%"), key.not_like(f"{prefix}-20__-%")))


def _title_words(session: Session, register: str) -> Iterator[str]:
    table = REGISTERS[register].model.__table__.c
    label = table[label_of(REGISTERS[register])]
    titles = session.execute(select(label).where(*_for_everybody(table)).limit(_MOST_NAMES + 1)).scalars().all()
    if len(titles) <= _MOST_NAMES:
        yield from (token for title in titles for token in tokens_of(title or ""))


def said_of(text: str) -> tuple[str, ...]:
    """The words of a text that say something."""
    return tuple(token for token in tokens_of(text) if token not in fillers())


def _short_texts(session: Session, register: str) -> Iterator[tuple[str, set[str]]]:
    """Each column of short texts of a register beside its title, with what stands in it."""
    found = REGISTERS[register]
    table, label = found.model.__table__.c, label_of(found)
    said = [
        one.name
        for one in found.columns
        if one.kind is Kind.TEXT and one.name in table and one.name not in (label, found.id_name, *_NOT_SAID)
    ]
    if not said:
        return
    rows = session.execute(select(*(table[name] for name in said)).where(*_for_everybody(table)).limit(_MOST_NAMES + 1)).all()
    if len(rows) <= _MOST_NAMES:
        for place, name in enumerate(said):
            yield name, {row[place] for row in rows if row[place]}


def _for_everybody(table: Any) -> tuple[Any, Any]:
    """Conditions of the rows that everybody here may read."""
    return table.retired_at.is_(None), table.audience.in_(("public", "staff"))


def _regions(values: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What people call a group of countries, with those of the values that lie in it; none where all or no others do."""
    said = {code: {fold(one) for one in (code, *words.split("|"))} for code, words in cues()["countries"].items()}
    for names, codes in cues()["regions"].items():
        inside = tuple(value for value in values if any(fold(value) in said.get(code, {fold(code)}) for code in codes))
        yield from ((name, inside) for name in names.split("|") if inside)


def _countries(value: str) -> list[str]:
    """What people say for a country: its names where a code or one of them stands in the data, else what stands there."""
    for code, said in cues()["countries"].items():
        if fold(value) in {fold(one) for one in (code, *said.split("|"))}:
            return str(said).split("|")
    return [value]


def _plain(name: str) -> str:
    """A name without what stands in brackets, legal forms and titles."""
    words = re.sub(r"\([^)]*\)", " ", name).split()
    return " ".join(word for word in words if fold(word.strip(".,")) not in _LEGAL_FORMS)


def _shorts(register: str, name: str) -> Iterator[str]:
    """What else people say for a name: Tomasz, Wolny, Korvik, Z7, welding zone."""
    words = _plain(name).split()
    if not words:
        return
    first = fold(words[0])
    ordinary = first in fillers() or first in described().words or bool(described().at([first], 0)[0]) or not words[0][:1].isupper()
    if register == "person":
        yield from {words[0], words[-1]}
    elif register == "zone" and len(words) > 1:
        if not ordinary:
            yield words[0]
        for rest in {" ".join(words[1:]), words[-1]}:
            yield f"{rest} zone"
            yield f"zone {rest}"
    elif register in ("supplier", "interested_party", "asset", "ai_system") and len(words) > 1:
        if not ordinary and (register in ("supplier", "interested_party") or words[1] in ("model", "image", "X-ray")):
            yield words[0]
        if register == "asset":
            yield from (word for word in words if _CODE.fullmatch(word))
    elif register == "document":
        yield name
