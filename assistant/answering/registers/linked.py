"""What is said by way of other registers: a row that is named, what linked rows are, or that there are any."""

import re
from collections.abc import Sequence

from assistant.answering.registers import dates, people
from assistant.answering.registers.phrases import Item, tokens_of
from assistant.answering.registers.query import TEXTS, Condition, kind_of, way_to, ways
from assistant.answering.registers.said import Said, part_of
from assistant.answering.registers.vocabulary import EXPIRY, Sense, restricting, stems
from knowledge import controls
from knowledge.registers import REGISTERS
from knowledge.registers.columns import Column, Kind

_TELLING = ("location", "line", "type")
"""Columns whose values say of linked rows which they are: `in hall 3`, `of the stage 1 audit`."""
_DOERS = ("owner", "approver", "auditor", "tester")
"""Columns that name a person where they are text."""
_ENDS = {"from": {"from", "von", "aus", "out of"}, "to": {"to", "into", "nach", "zu", "zur", "in"}}
_ARTICLES = ("the", "our", "a", "an", "der", "die", "das", "den", "dem", "unser", "unsere", "unseren")


def row(said: Said, item: Item) -> bool:
    """Whether a row that is named selects: in the column named before it, else by the way that leads there."""
    senses = item.of("row")
    if said.found.name == "control_status" and not said.negator and (group := _group_of_controls(senses)):
        said.add(Condition(field="id", operator="contains", values=(group,)))
        return True
    if (
        said.pending is not None
        and not said.negator
        and said.pending.kind is Kind.TEXT
        and set(tokens_of(item.text)) <= _texts(said, said.pending)
    ):
        # `issued by KeyRoom`: what the column says, though a row is called so too.
        said.add(Condition(field=said.pending.name, operator="contains", values=(item.text,)))
        said.pending, said.having = None, False
        return True
    if said.pending is not None and said.pending.name in _DOERS and said.pending.kind in TEXTS and senses[0].register == "person":
        column, said.pending = said.pending, None
        return people.in_text(said, column, item)
    if said.pending is None and (end := _end_of_way(said, item, senses)):
        said.pending = end
    if said.pending is not None:
        mine = [sense for sense in senses if said.pending is not None and said.pending.register == sense.register]
        if mine:
            said.add(Condition(field=said.pending.name, operator="not" if said.negator else "is", values=mine[0].values))
            said.pending, said.negator, said.having = None, "", False
            return True
        if _of_what_is_named(said, said.pending, senses):
            return True
        said.flush()
    if senses[0].register == "person" and people.person(said, item):
        return True
    for sense in senses:
        if way := way_to(said.found, sense.register):
            ids = tuple(one.values[0] for one in senses if one.register == sense.register)
            operator = "not" if said.negator else "is"
            said.add(Condition(field=way, operator=operator, values=ids if way.startswith("@") else sense.values))  # type: ignore[arg-type]
            if "." in way and {"from", "von", "aus"}.intersection(words := said.before(item)[-1:]):
                # `evidence from Korvik` may have come from there, which no column says; these rows only concern it.
                said.unused.append(f"{words[0]} {item.text}")
            said.negator = ""
            return True
    return False


def _group_of_controls(senses: Sequence[Sense]) -> str:
    """What the ids of a group of controls begin with: `A.7.` of the physical ones."""
    control = controls.catalogue().by_source(senses[0].values[0]) if senses[0].register == "control" else None
    return f"{control.id}." if control and control.framework == controls.ISO_2022 and re.fullmatch(r"A\.\d", control.id) else ""


def phrase(said: Said, item: Item, following: Item | None) -> bool:
    """Whether a word of another register that this one is linked to selects: by what the rows there are, or by there being any."""
    small = item.text.casefold() in restricting()
    hops = [sense for sense in item.senses if sense.what == "code" and (sense.noun or sense.column in _TELLING) and not small]
    hops += [
        sense
        for sense in item.of("column")
        if item.length > 1 and kind_of(REGISTERS[sense.register], REGISTERS[sense.register].by_name[sense.column]) is Kind.BOOLEAN
    ]
    linked = [sense for sense in hops if sense.register != said.found.name and ways(said.found, sense.register)]
    if linked and part_of(item.text, [said.found.words]):
        return True
    if linked and not item.of("register"):
        return _hop(said, linked[0])
    if (
        following
        and following.cue("expiry")
        and dates.expiry(said.found)
        and part_of(item.text, [said.found.by_name[dates.expiry(said.found)].words])
    ):
        return True
    others = [sense.register for sense in item.of("register") if sense.register != said.found.name]
    if following and following.of("row") and following.row.register in others:
        return True
    if following and {sense.register for sense in following.of("code")} & set(others):
        return True
    return _any_linked(said, item, others)


def _hop(said: Said, sense: Sense) -> bool:
    """Take what linked rows are; of the end of a way those that stand there, `data flows to PLCs`."""
    operator = "contains" if sense.column in ("location", "line") else "is"
    if said.negator and sense.values:
        return False
    end = _end_of_way(said, said.item, [sense])
    field = f"{end.name if end else f'@{sense.register}'}.{sense.column}"
    said.add(Condition(field=field, operator=operator, values=sense.values or (said.yes_or_no(),)))  # type: ignore[arg-type]
    said.negator = ""
    return True


def _any_linked(said: Said, item: Item, others: Sequence[str]) -> bool:
    """Whether rows of another register are linked, or none; a word that is part of a column's own name says nothing more."""
    column = next((column for column in said.found.columns for other in others if column.register == other), None)
    target = next((other for other in others if ways(said.found, other)), "")
    if column is None and not target:
        return False
    said.flush()
    if said.negator or said.having or column is not None:
        field = column.name if column is not None and column.listed else f"@{target}"
        said.add(Condition(field=field, operator="empty" if said.negator else "filled"))
        said.negator, said.having = "", False
        return True
    ends = [said.found.by_name[name] for name in EXPIRY if name in said.found.by_name]
    stem = min(stems(tokens_of(item.text)[-1]), key=len)
    if any(token.startswith(stem) for column in ends for phrase in column.words.all() for token in tokens_of(phrase)):
        return True
    said.add(Condition(field=f"@{target}", operator="filled"))
    return True


def _texts(said: Said, column: Column) -> frozenset[str]:
    """The words that stand in a column of short texts, as far as they are known."""
    return said.names.texts.get(said.found.name, {}).get(column.name, frozenset())


def _of_what_is_named(said: Said, named: Column, senses: Sequence[Sense]) -> bool:
    """Take a place that belongs to the rows which the column names: `risks of assets at Brenova`."""
    middle = REGISTERS.get(named.register) if named.kind in (Kind.LINK, Kind.LINKS) and not said.negator else None
    for sense in senses if middle else ():
        column = middle.by_name.get(sense.register) if middle else None
        if column is not None and column.register == sense.register and sense.register in ("site", "zone", "supplier"):
            said.add(Condition(field=f"{named.name}.{column.name}", values=sense.values))
            said.pending, said.having = None, False
            return True
    return False


def _end_of_way(said: Said, item: Item, senses: Sequence[Sense]) -> Column | None:
    """The column of the end of a way at which a row stands: `from Z-002`, `nach Z-003`."""
    before = said.items[said.items.index(item) - 1].text if said.items.index(item) else ""
    words = [word for word in tokens_of(f"{before} {item.lead}") if word not in _ARTICLES]
    for end, prepositions in _ENDS.items():
        for column in said.found.columns if prepositions.intersection(words[-1:]) else ():
            if column.name.startswith(f"{end}_") and column.register == senses[0].register:
                return column
    return None
