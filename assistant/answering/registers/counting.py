"""Ways of asking how many rows there are of each value, said so that they read like `risks per owner`.

`Wie viele Risiken hat jeder Standort` says so itself; `how many PLCs are at which site` and `which zone has the most assets` do not.
"""

import re
from collections.abc import Sequence

from assistant.answering.registers.phrases import Item
from assistant.answering.registers.subject import ASKS_WHO
from assistant.answering.registers.vocabulary import Sense, described, fold
from knowledge.registers import REGISTERS
from knowledge.registers.columns import Column

_ASKS_WHOSE_NUMBERS = re.compile(
    r"\b(?:who|wer)\b(?: \w+){0,2} (?:how many|wie ?viele?)\b|\b(?:how many|wie ?viele?)\b(?: \w+){0,3} (?:hat|haben|has|have) (?:wer|who)\b",
    re.IGNORECASE,
)
"""`who has how many open actions`, `wie viele Maßnahmen hat wer`."""
_PER = [Sense("cue", column="groups")]


def per_value(question: str, items: Sequence[Item]) -> list[Item]:
    """The items, with a `per` where the question means one; as they are where the rows have no such column."""
    out = list(items)
    most = next((place for place, item in enumerate(items) if item.cue("most")), None)
    if most is not None:
        return _most(question, out, most)
    if _ASKS_WHOSE_NUMBERS.search(question) and _groups_by(_rows(items), _owner()):
        return [*out, Item("per", _PER), _owner()]
    counting = next((place for place, item in enumerate(items) if item.cue("counting")), len(items))
    for place in range(counting + 1, len(items) - 1):
        if fold(items[place].text).startswith(("which", "welch")) and _groups_by(_rows(items[counting:place]), items[place + 1]):
            out[place] = Item(items[place].text, _PER, lead=items[place].lead)
    return out


def _most(question: str, items: list[Item], most: int) -> list[Item]:
    """`zone .. most assets` as `assets .. per zone`, the `most` left to say that only the first is wanted."""
    counted = _rows(items[most:])
    asked = [_owner()] if ASKS_WHO.match(question) else items[:most]
    per = next((item for item in asked if _groups_by(counted, item)), None)
    if per is None:
        return items
    rest = [item for item in items if item is not per and not item.cue("with")]
    return [*rest, Item("per", _PER), per]


def _owner() -> Item:
    return Item("owner", described().at(["owner"], 0)[1])


def _rows(items: Sequence[Item]) -> str:
    """The register whose rows the first noun means."""
    nouns = (sense for item in items for sense in item.senses if sense.noun and sense.what in ("register", "code"))
    return next((sense.register for sense in nouns), "")


def _groups_by(register: str, item: Item) -> Column | None:
    """The column of a register's rows by which they can be counted and that a phrase names, or the rows that it leads to."""
    if register not in REGISTERS:
        return None
    found = REGISTERS[register]
    named = [found.by_name[sense.column] for sense in item.of("column", register)]
    named += [column for sense in item.of("register") for column in found.columns if column.register == sense.register]
    return next((column for column in named if not column.listed and not column.version), None)
