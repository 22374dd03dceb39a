"""What a column is held against: spans of time, numbers, and words that stand in a text."""

import re

from assistant.answering.registers import dates, own_words
from assistant.answering.registers.phrases import Item, tokens_of
from assistant.answering.registers.query import DATES, MOST_FIRST, NUMERIC, TEXTS, Condition, comparable, kind_of
from assistant.answering.registers.said import Said
from assistant.answering.registers.times import Span
from assistant.answering.registers.vocabulary import Sense, dates_named, due_column, label_of, restricting
from knowledge.registers.columns import Column

COMPARED = {"above": "at_least", "over": "at_least", "below": "at_most", "under": "at_most", "same": "is"}
"""The cues that compare, and how."""
_THREAT = re.compile(r"(?:AML\.)?T\d{4}(?:\.\d{3})?", re.IGNORECASE)
"""The id of a technique of attackers."""
_AGE = re.compile(r"older|älter", re.IGNORECASE)
_LATER, _EARLIER = ("after", "later", "nach", "spater"), ("before", "earlier", "vor", "fruher")
BETWEEN_DATES = (*_LATER, *_EARLIER)
"""Words that say which of two dates comes first."""


def time(said: Said, span: Span, item: Item) -> bool:
    """Whether a span of time is put to use: of the date that was named, is named later, or such rows go by."""
    said.flush_unless(*DATES)
    found = said.found
    column = (
        said.pending
        or dates.said(found, span, said.items, said.where)
        or _named_by_small_words(said, item)
        or _named_later(said, item)
        or dates.usual(found, span, said.today)
    )
    column = dates.still_to_come(found, column, span, said.today)
    if said.pending is None and _AGE.match(item.text):
        column = next((found.by_name[name] for name in dates.BEGUN if name in found.by_name), None)
    condition = dates.within(found, column, span, said.items, bool(said.negator), said.today) if column else None
    if column is None or condition is None:
        return False
    said.add(condition)
    if column.name == due_column(found) and not dates.PAST.search(column.name):
        said.still_open()
    said.pending, said.negator, said.having = None, "", False
    return True


def number(said: Said, figure: float, item: Item) -> bool:
    """Whether a number is put to use: how many rows are wanted, or what a column is compared with."""
    place = said.items.index(item)
    beside = [said.items[near] for near in (place - 1, place + 1) if 0 <= near < len(said.items)]
    if any(one.cue("highest", "lowest", "latest", "oldest", "next") for one in beside) and not said.compare and item.upto is None:
        said.first = int(figure) if 1 <= figure <= MOST_FIRST else None
        return said.first is not None
    if text(said, item):
        return True
    said.flush_unless(*NUMERIC)
    last = said.where[-1] if said.where else None
    if said.pending is None and item.joined and last is not None and last.operator == "is" and _holds_numbers(said, last.field):
        said.add(Condition(field=last.field, values=(f"{figure:g}",)))
        return True
    column = said.pending
    following = said.items[place + 1] if place + 1 < len(said.items) else None
    if following and not said.compare and (name := next((name for name in ("above", "below") if following.cue(name)), "")):
        # `15 or worse`
        said.compare, following.senses = name, [Sense("cue", column="only")]
    if column is None and said.found.name == "risk":
        column = said.found.by_name["current_score"] if said.compare or item.upto is not None else None
    if column is None or said.negator:
        return False
    shift = {"over": 1, "under": -1}.get(said.compare, 0)
    values = (f"{figure + shift:g}",) if item.upto is None else (f"{figure:g}", f"{item.upto:g}")
    operator = COMPARED.get(said.compare, "is") if item.upto is None else "between"
    said.add(Condition(field=column.name, operator=operator, values=values))  # type: ignore[arg-type]
    said.pending, said.compare, said.having = None, "", False
    return True


def compare(said: Said, name: str) -> None:
    """`at least 12` compares what follows, `12 or more` what came before."""
    last = said.where[-1] if said.where and said.pending is None else None
    if last is not None and last.operator == "is" and last.field == "band" and name in ("above", "below"):
        said.where[-1] = last.model_copy(update={"values": own_words.bands(said, last.values[0], name)})
    elif last is not None and last.operator == "is" and last.values and last.values[0].isdigit() and name in ("above", "below"):
        said.where[-1] = last.model_copy(update={"operator": "at_least" if name == "above" else "at_most"})
    else:
        said.compare = name


def against_date(said: Said, item: Item, following: Item | None) -> bool:
    """Whether `after` stands between two dates of a row: `closed after their due date`."""
    later = (said.found.by_name[sense.column] for sense in following.of("column", said.found.name)) if following else ()
    other = next((column for column in later if kind_of(said.found, column) in DATES), None)
    states = [Condition(field=sense.column, values=sense.values) for one in said.items for sense in one.of("code", said.found.name)]
    column = said.pending or (dates.reached(said.found, [*said.where, *states]) if other else None)
    if other is None or column is None or not comparable(said.found, column, other):
        return False
    said.pending, said.compare = column, "over" if tokens_of(item.text)[0] in _LATER else "under"
    return True


def before_its_column(said: Said, item: Item, following: Item | None) -> bool:
    """Whether a word stands right before the column of short texts in which it is found: `the development phase`."""
    small = said.negator or any(sense.what == "cue" for sense in item.senses)
    named = following.of("column", said.found.name) if following and not following.lead.strip() and not small else []
    known = said.names.texts.get(said.found.name, {})
    column = next((sense.column for sense in named if set(tokens_of(item.text)) <= known.get(sense.column, frozenset())), "")
    if column:
        said.flush()
        said.where.append(Condition(field=column, operator="contains", values=(item.text,)))
    return bool(column)


def text(said: Said, item: Item) -> bool:
    """An unknown word after a column of text is what stands there, `firmware 2.4`; else it may be a word of titles, `legacy PLCs`, or of one column's texts."""
    found = said.found
    if item.text.casefold() in restricting():
        return False
    if said.pending is None and _THREAT.fullmatch(item.text):
        said.pending = next((column for column in found.columns if column.lenient and "atlas" in column.frameworks), None)
    if said.pending is not None and said.pending.lenient and re.search(r"\d", item.text):
        said.add(Condition(field=said.pending.name, operator="not" if said.negator else "is", values=(item.text.upper(),)))
        said.pending, said.negator, said.having = None, "", False
        return True
    if (said.pending is None or said.pending.kind not in TEXTS) and not said.negator:
        titled = said.names.titled(found.name, item.text)
        place = label_of(found) if titled else said.names.holding(found.name, item.text)
        if place:
            said.flush()
            said.where.append(Condition(field=place, operator="contains", values=titled or (item.text,)))
        return bool(place)
    if (
        said.pending is None
        or said.negator
        or said.pending.kind not in TEXTS
        or not said.names.may_hold(found.name, said.pending.name, item.text)
    ):
        return False
    said.add(Condition(field=said.pending.name, operator="contains", values=(item.text,)))
    said.pending, said.having = None, False
    return True


def _named_by_small_words(said: Said, item: Item) -> Column | None:
    """The date that words name which else say nothing: `used in the last week`."""
    named = dates_named(said.found, said.before(item))
    return said.found.by_name[named[0]] if named else None


def _named_later(said: Said, item: Item) -> Column | None:
    """The date column that follows a span of time: `seit einem Jahr nicht bewertet`; what was read ahead is taken out."""
    for later in said.items[said.items.index(item) + 1 :]:
        if later.cue("negators"):
            said.negator, later.senses = later.text, [Sense("cue", column="only")]
        for sense in later.of("column", said.found.name):
            column = said.found.by_name[sense.column]
            if kind_of(said.found, column) in DATES:
                later.senses = [Sense("cue", column="only")]
                return column
    return None


def _holds_numbers(said: Said, name: str) -> bool:
    return name in said.found.by_name and kind_of(said.found, said.found.by_name[name]) in NUMERIC
