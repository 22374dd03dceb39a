"""The phrases of a question about many rows of one register, taken one after the other: each selects, sorts, groups, is shown, or is left unused.

What sort of phrase one is decides who takes it (`own_words`, `linked`, `people`, `values`); the small words between them are taken here. Whatever still
waits at the end is settled or told as unused, so that nothing which was said goes missing.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date

from assistant.answering.registers import dates, linked, own_words, people, values
from assistant.answering.registers.names import Names, said_of
from assistant.answering.registers.phrases import Item, tokens_of
from assistant.answering.registers.query import NUMERIC, Condition, kind_of, ways
from assistant.answering.registers.said import Said, part_of
from assistant.answering.registers.vocabulary import Sense, due_column, fillers, fold, stems
from knowledge.registers import REGISTERS, Register
from knowledge.registers.rights import Actor

_CUES_FIRST = ("negators", "highest", "lowest", "oldest")
"""Cues that are never a value, though a value is spelt like them: `keine`, `höchsten`."""
_SUBJECT = re.compile(r"^\s*(?:we|you|they|wir|sie|ihr)\b", re.IGNORECASE)
"""Who has or did something stands right behind `haben` only where that says nothing of the rows."""
_TOP = 5
_FIRST = ("first", "zuerst", "zuoberst")
"""Words by which all rows are wanted, in an order: `oldest first`."""


def gathered(items: Sequence[Item], asked: Item, sense: Sense, actor: Actor, today: date, names: Names) -> Said:
    """What every phrase says about the rows of a register; `asked` is the one that names the register, in that sense."""
    found = REGISTERS[sense.register]
    parted = [part for item in items for part in ([item] if item is asked else _apart(found, item, items))]
    parted = _gathered_words(found, _joined(parted, asked, names.phrases.get(found.name, {})), asked)
    said = Said(found, actor, today, names, parted, asked)
    own_words.head(said, asked, sense)
    for place, item in enumerate(parted):
        if item is not asked:
            said.item, said.either = item, said.either or item.either
            following = parted[place + 1] if place + 1 < len(parted) else None
            if not _taken(said, item, following) and not item.optional and not item.cue("listing", "counting", "only"):
                said.unused.append(item.text)
    _finish(said, sense.plural)
    return said


def _joined(items: list[Item], asked: Item, phrases: Mapping[tuple[str, ...], Sense]) -> list[Item]:
    """The items, those together as one that say what stands in a column of the register: `Quellmoor OT CA` is an issuer, no site."""
    out, place = [], 0
    while place < len(items):
        some = [items[place : place + length] for length in range(len(items) - place, 0, -1)]
        found = next((run for run in some if asked not in run and said_of(" ".join(one.text for one in run)) in phrases), None)
        if found:
            sense = phrases[said_of(" ".join(one.text for one in found))]
            out.append(
                Item(" ".join(one.text for one in found), [sense], lead=found[0].lead, joined=found[0].joined, either=found[0].either)
            )
        else:
            out.append(items[place])
        place += len(found) if found else 1
    return out


def _gathered_words(found: Register, items: list[Item], asked: Item) -> list[Item]:
    """The items, with one in the place of words that only together name a column, wherever they stand: `where the exit is still not agreed`.

    It stands where the last of them does, for what is denied or compared stands there.
    """
    strange = {form: item for item in items if item is not asked and item.unknown for form in (fold(item.text), *stems(fold(item.text)))}
    for column in found.columns if len(strange) > 1 else ():
        for phrase in column.words.all():
            content = [token for token in tokens_of(phrase) if token not in fillers()]
            parts = [next((strange[form] for form in (token, *stems(token)) if form in strange), None) for token in content]
            if len(content) > 1 and None not in parts and len({id(part) for part in parts}) == len(content):
                last = max(items.index(part) for part in parts if part)
                items[last].senses = [Sense("column", found.name, column.name)]
                return [item for place, item in enumerate(items) if place == last or item not in parts]
    return items


def _apart(found: Register, item: Item, items: Sequence[Item]) -> list[Item]:
    """The words of a phrase that only another register knows: `not done` of trainings is a negation and a state.

    `not checked in the last year` is a negation too, though `not checked` alone is a state.
    """
    place = items.index(item)
    beside = items[max(place - 1, 0) : place + 2]
    dated = any(one.span for one in beside) and bool(item.of("code", found.name)) and bool(item.apart()[0].cue("negators"))
    reached = any(
        sense.register == found.name or (sense.register in REGISTERS and bool(ways(found, sense.register))) for sense in item.senses
    )
    foreign = not any(sense.register == found.name for sense in item.senses)
    if (
        item.length > 1
        and foreign
        and item.apart()[0].of("column", found.name)
        and not any(sense.what in ("cue", "row") for sense in item.senses)
    ):
        return item.apart()
    if item.length == 1 or (reached and not dated) or any(sense.what in ("cue", "row") for sense in item.senses):
        return [item]
    return item.apart()


def _taken(said: Said, item: Item, following: Item | None) -> bool:
    """Whether the phrase is put to use."""
    if item.span:
        return values.time(said, item.span, item)
    if item.number is not None:
        return values.number(said, item.number, item)
    if item.of("row"):
        return linked.row(said, item)
    if item.cue("deed") and people.deed(said, item):
        return True
    grouped = item.cue("groups") and not (following and own_words.POSSESSIVE.search(following.lead))
    if not grouped and tokens_of(item.text)[0] in values.BETWEEN_DATES and values.against_date(said, item, following):
        return True
    if values.before_its_column(said, item, following):
        return True
    if said.extreme and fold(item.text) in _FIRST:
        said.all_of_them = True
        return True
    if item.unknown:
        return values.text(said, item)
    if item.cue(*_CUES_FIRST) and (following or item.cue("me")) and _cue(said, item, following):
        return True
    if any(sense.what in ("column", "code", "late", "register") for sense in item.senses) and own_words.phrase(said, item, following):
        return True
    if item.cue("me"):
        return people.me(said)
    return _cue(said, item, following)


def _cue(said: Said, item: Item, following: Item | None) -> bool:
    if item.cue("after") and said.pending is not None and (following is None or not following.of("column", said.found.name)):
        said.negator = item.text
        said.flush()
        return True
    if item.cue("negators"):
        if fold(item.text) == "out of" and not (following and following.of("column", said.found.name)):
            return True
        if fold(item.text) in ("outside", "external") and not (
            following and (following.of("row") or following.of("code", said.found.name))
        ):
            return False
        said.flush()
        said.negator = item.text
        return True
    if item.cue("sorting"):
        said.sorting = True
        return True
    if item.cue("groups") and said.sorting:
        return True
    if item.cue("nobody"):
        later = said.items[said.items.index(item) + 1 :]
        denied = next((one for one in later if not one.cue("with")), None)
        if denied is not None and (denied.of("code", said.found.name) or denied.cue("deed")):
            said.negator = item.text
            return True
        return people.nobody(said)
    if item.cue("groups") and following and said.extreme and _orders(said, following):
        return True
    if item.cue("groups") and following and (following.of("column") or following.of("register")):
        said.flush()
        said.grouping = item.text
        return True
    for name in values.COMPARED:
        if item.cue(name):
            values.compare(said, name)
            return True
    for name in ("highest", "lowest", "latest", "oldest", "next"):
        if item.cue(name):
            if following and _is_elsewhere(said, following):
                return False
            said.extreme = name
            return True
    if item.cue("most"):
        grouped = any(one.cue("groups") for one in said.items)
        said.first = 1 if grouped else said.first
        return grouped
    if item.cue("restricted"):
        said.add(Condition(field="audience", operator="not", values=("public", "staff")))
        return True
    if item.cue("with") and not (following and _SUBJECT.search(following.lead)):
        said.flush()
        said.having = not (following and own_words.POSSESSIVE.search(following.lead))
        return True
    return _waits(said, item) or item.cue("groups", "after")


def _is_elsewhere(said: Said, item: Item) -> bool:
    """Whether a phrase names rows of another register alone: `findings of the last audit` asks for one audit, which no query chooses."""
    there = [sense.register for sense in item.senses if sense.noun]
    own = (sense for sense in item.senses if sense.register == said.found.name)
    return bool(there) and all(sense.what == "column" and said.found.by_name[sense.column].register for sense in own)


def _orders(said: Said, item: Item) -> bool:
    """Whether it names a number by which rows can stand: `top 3 assets by development cost`."""
    return any(kind_of(said.found, said.found.by_name[one.column]) in NUMERIC for one in item.of("column", said.found.name))


def _waits(said: Said, item: Item) -> bool:
    """A word for a column whose value is still to come: `owned`, `due`, `expires`; or `expired`, which says it all."""
    if item.cue("expired"):
        return own_words.expired(said)
    if item.cue("valid"):
        said.negator = "" if said.negator else item.text
        return own_words.expired(said)
    name = ""
    if item.cue("owning"):
        name = "owner" if "owner" in said.found.by_name else ""
    elif item.cue("due"):
        name = said.pending.name if said.pending is not None and said.pending.name in dates.NEXT else due_column(said.found)
    elif item.cue("expiry"):
        name = dates.expiry(said.found)
    if name and said.negator and item.cue("expiry") and not any(one.span for one in said.items):
        # What never ends has no end.
        said.add(Condition(field=name, operator="empty"))
        said.negator = ""
        return True
    if name and not (said.pending is not None and said.pending.name == name):
        if not item.cue("owning"):
            said.flush()
        said.pending = said.found.by_name[name]
    return bool(name)


def _finish(said: Said, plural: bool) -> None:
    said.flush()
    if said.late and due_column(said.found):
        own_words.overdue(said, [], None)
    elif said.late:
        said.unused.append("overdue")
    if said.negator and said.found.name == "training" and not any(one.field == "state" for one in said.where):
        own_words.code(said, Sense("code", "training", "state", ("done",)))
        said.negator = ""
    said.unused += [word for word in (said.negator, said.grouping) if word]
    if said.compare:
        said.unused += [item.text for item in said.items if item.cue(said.compare) and fold(item.text) not in fillers()][:1]
    if said.sorting:
        said.unused.append("sort")
    named = [sense for item in said.items for sense in item.of("row")]
    said.unused = [
        word
        for word in said.unused
        if not (_part_of_what_was_used(said, word) or any(said.names.label_has(one, said.actor, word) for one in named))
    ]
    if said.extreme and not said.sort:
        _order(said, plural)
    elif said.sort and said.extreme:
        said.first = _how_many(said, plural)


def _part_of_what_was_used(said: Said, word: str) -> bool:
    """Whether a word only fills up the name of the register or of a column that was used: `paths` after `remote access`."""
    names = {one.field for one in said.where} | set(said.show)
    return part_of(word, [said.found.words, *(said.found.by_name[name].words for name in names if name in said.found.by_name)])


def _order(said: Said, plural: bool) -> None:
    names = said.found.by_name
    if said.extreme in ("highest", "lowest"):
        shown = [name for name in said.show if kind_of(said.found, names[name]) in NUMERIC]
        column = shown[0] if shown else "current_score" if said.found.name == "risk" else ""
        said.sort = f"{'-' if said.extreme == 'highest' else ''}{column}" if column else ""
    else:
        late = said.extreme == "oldest" and any(one.field in dates.LATE for one in said.where)
        _order_by_date(said, due_column(said.found) if late else dates.ordered_by(said.found, said.extreme, said.show))
    if not said.sort and said.extreme in ("oldest", "latest"):
        # What has been overdue the longest was due first: the rows stand by the date that they were chosen by.
        dated = next((one.field for one in said.where if one.field in names and dates.is_date(said.found, one.field)), "")
        said.sort = f"{'-' if dated and said.extreme == 'latest' else ''}{dated}"
    if not said.sort:
        # Rows that have no such date or number stand in no such order.
        said.unused += [item.text for item in said.items if item.cue(said.extreme)][:1]
        return
    said.first = _how_many(said, plural)


def _how_many(said: Said, plural: bool) -> int | None:
    """How many rows of an order are wanted: as many as are named, else a few, or the one."""
    return said.first or (None if said.all_of_them else _TOP if plural else 1)


def _order_by_date(said: Said, column: str) -> None:
    """The latest come first; only what is still to come is next, and only what has begun was last."""
    said.sort = f"{'-' if said.extreme == 'latest' else ''}{column}" if column else ""
    if column and (condition := dates.not_called_off(said.found, said.where)):
        said.add(condition)
    if said.extreme == "next" and column and not any(one.field == column for one in said.where):
        said.add(Condition(field=column, operator="at_least", values=(said.today.isoformat(),)))
    if said.extreme != "next" and column in dates.TAKES_PLACE:
        said.add(Condition(field=column, operator="at_most", values=(said.today.isoformat(),)))
