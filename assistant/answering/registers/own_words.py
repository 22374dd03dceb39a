"""What a word of the register itself says of its rows: its columns, their values, the kinds of its rows, and that they are late.

Where a word has several meanings, the one that what was said before asks for is taken.
"""

import re
from collections.abc import Sequence
from datetime import date

from assistant.answering.registers import dates, linked
from assistant.answering.registers.phrases import Item, tokens_of
from assistant.answering.registers.query import DATES, NUMERIC, Condition, codes_of, column_of, comparable, kind_of
from assistant.answering.registers.said import Said
from assistant.answering.registers.vocabulary import Sense, due_column, fold, stems
from knowledge.registers.columns import Column, Kind

POSSESSIVE = re.compile(r"\b(?:their|its|respective|ihre[mnrs]?|deren|dessen|jeweilig\w*|zugehörig\w*)\b", re.IGNORECASE)
"""`with their owner` asks to be told the owner, `with an owner` that there is one."""
_AGAINST = {"over": "more_than", "under": "less_than", "same": "same_as"}
"""What a comparison is called where another column is held against."""


def head(said: Said, asked: Item, sense: Sense) -> None:
    """What the word for the rows says about them: `PLCs`, `conduits`, `AI incidents`, `acceptances`."""
    labels = {fold(word) for tongue in ("en", "de") for word in (said.found.words.label(tongue), said.found.words.plural(tongue))}
    kinds = _kinds(said, asked) if fold(asked.text) not in labels and asked.text else []
    kinds = kinds or [one for one in asked.of("code", said.found.name) if len(one.values) > 1 and fold(asked.text) not in labels]
    if sense.what == "column":
        column = said.found.by_name[sense.column]
        if column.kind in (Kind.LINK, Kind.LINKS):
            # `which firewalls`: what the column names is asked for, and these are the rows that name it.
            said.unused.append(asked.text)
        if kind_of(said.found, column) is Kind.BOOLEAN:
            said.add(Condition(field=column.name, values=("yes",)))
        else:
            said.pending = column
    elif sense.what == "code" or kinds:
        code(said, kinds[0] if kinds else sense)
    else:
        _mark_itself(said, asked)


def phrase(said: Said, item: Item, following: Item | None) -> bool:
    """Whether the phrase says something about the register that is asked."""
    name = said.found.name
    if item.cue("due") and said.pending is not None and said.pending.name in dates.NEXT:
        return True
    codes, columns = item.of("code", name), item.of("column", name)
    if codes and _is_of_another_score(said, codes, following):
        return False
    if said.grouping:
        return _group(said, item)
    if item.of("late", name) or any(sense.column in dates.LATE for sense in columns):
        return overdue(said, columns, following)
    if codes and not (columns and _is_column(said, item, columns, following)):
        code(said, _best_code(said, codes))
        return True
    if columns and said.by and item.joined and not item.of("code", name):
        # One column alone can be counted by.
        return False
    if columns:
        _column(said, _best_column(said, columns))
        return True
    if item.of("register", name) and not item.of("code"):
        if (kinds := _kinds(said, item)) and not item.joined and not _kinds(said, said.asked):
            code(said, kinds[0])
        else:
            _mark_itself(said, item)
        return True
    if item.length == 1 and item.of("register") and (kinds := [kind for kind in _kinds(said, item) if not said.negator]):
        # `obligations of customers` are of that kind.
        code(said, kinds[0])
        return True
    return linked.phrase(said, item, following)


def _is_of_another_score(said: Said, codes: Sequence[Sense], following: Item | None) -> bool:
    """Whether `high` stands right before a number that has no such steps: a `high residual risk` is not of the band that the current score makes."""
    scores = following.of("column", said.found.name) if following and not following.lead.strip() else []
    numbers = [one.column for one in scores if kind_of(said.found, said.found.by_name[one.column]) in NUMERIC]
    return (
        bool(numbers)
        and "current_score" not in numbers
        and any(sense.column in ("band", "priority", "strength_of_knowledge") for sense in codes)
    )


def code(said: Said, sense: Sense) -> None:
    """Take a value of a column, or what denies it."""
    if said.pending is not None and said.pending.name != sense.column:
        said.flush()
    said.pending = None
    values = sense.values
    if not values:
        # `untreated` is a word for nothing there.
        return said.add(Condition(field=sense.column, operator="filled" if said.negator else "empty"))
    codes = set(codes_of(said.found, said.found.by_name[sense.column]) or ())
    if values == ("open",) and {"running", "done"} <= codes and not said.negator:
        # What runs is open too.
        done = tuple(code for code in ("done", "dropped") if code in codes)
        return said.add(Condition(field=sense.column, operator="not", values=done))
    if said.negator and sense.column in ("state", "status") and values[0] != "done" and f"{values[0]}_on" in said.found.by_name:
        # What is deployed was approved before: whether it ever was, its date says.
        said.negator = ""
        return said.add(Condition(field=f"{values[0]}_on", operator="empty"))
    if said.negator and sense.column == "country":
        # What lies nobody knows where, does not lie elsewhere.
        said.add(Condition(field=sense.column, operator="filled"))
    if opposite := _opposite(said, sense):
        values, said.negator = opposite, said.item.text
    if said.compare and sense.column == "band":
        values = bands(said, values[0], said.compare)
    _value(said, sense.column, values)
    said.negator = said.compare = ""
    said.having = False


def overdue(said: Said, columns: Sequence[Sense], following: Item | None) -> bool:
    """`overdue` of the column that stands beside it, else of the row as a whole."""
    beside = following.of("column", said.found.name) if following else []
    if said.pending is None and due_column(said.found) and (reached := dates.reached(said.found, said.where)) is not None:
        # What is closed and late was closed after its day.
        said.add(Condition(field=reached.name, operator="more_than", values=(due_column(said.found),)))
        return True
    if "review_overdue" not in said.found.by_name and said.pending is None and beside and dates.is_date(said.found, beside[0].column):
        said.late = True
        return True
    computed = [sense.column for sense in columns if sense.column in dates.LATE]
    if said.pending is not None and kind_of(said.found, said.pending) in DATES and "review_overdue" not in said.found.by_name:
        column, said.pending = said.pending, None
        return _passed(said, column)
    if computed:
        if said.pending is not None and kind_of(said.found, said.pending) in DATES:
            said.pending = None
        said.add(Condition(field=computed[0], values=(said.yes_or_no(),)))
        said.negator = ""
        return True
    return _passed(said, said.found.by_name[due_column(said.found)])


def expired(said: Said) -> bool:
    """Take what says that something has run out: when, if a span of time says so, else before today."""
    name = dates.expiry(said.found)
    if not name:
        return False
    if said.pending is not None and said.pending.name in (name, "acceptance"):
        said.pending = None
    if any(item.span for item in said.items):
        said.pending = said.found.by_name[name]
    elif "acceptance" in said.found.by_name:
        # An acceptance was spoken of, in whatever state.
        said.where = [one for one in said.where if one.field != "acceptance"]
        said.negator, state = "", "valid" if said.negator else "expired"
        code(said, Sense("code", said.found.name, "acceptance", (state,)))
    elif "expired" in said.found.by_name:
        said.add(Condition(field="expired", values=(said.yes_or_no(),)))
        said.negator = ""
    else:
        day, operator = (said.today, "at_least") if said.negator else (_yesterday(said.today), "at_most")
        said.add(Condition(field=name, operator=operator, values=(day.isoformat(),)))  # type: ignore[arg-type]
        said.negator = ""
    return True


def bands(said: Said, code: str, compare: str) -> tuple[str, ...]:
    """The bands of a score that a comparison with one of them means."""
    codes = list(codes_of(said.found, said.found.by_name["band"]) or ())
    place = codes.index(code)
    wanted = {"above": codes[place:], "over": codes[place + 1 :], "below": codes[: place + 1], "under": codes[:place], "same": [code]}
    return tuple(wanted[compare] or codes[place:])


def _kinds(said: Said, asked: Item) -> list[Sense]:
    """The kind that a word for the register's rows also is: `conduits` are zones, `privileged accounts` are access paths of that kind."""
    tokens_asked = tokens_of(asked.text)
    columns = [column for column in said.found.columns if column.name in ("kind", "type")]
    named = [
        (_alike(tokens, tokens_asked), Sense("code", said.found.name, column.name, (code,)))
        for column in columns
        for code, words in (codes_of(said.found, column) or {}).items()
        for word in words.all()
        if (tokens := tokens_of(word))
        and (_alike(tokens, tokens_asked) or (len(tokens_asked) > 1 and _alike(tokens[:1], tokens_asked[:1])))
    ]
    return [sense for _, sense in sorted(named, key=lambda pair: not pair[0])]


def _mark_itself(said: Said, asked: Item) -> None:
    """`AI incidents` and `AI vendors`: the phrase is a word of the register and of its yes-or-no column too."""
    tokens_asked = tokens_of(asked.text)
    for word in said.found.words.all():
        if tokens_of(word) == tokens_of(asked.text) and word not in (said.found.words.label("en"), said.found.words.label("de")):
            for column in said.found.columns:
                own = any(_alike(tokens_of(phrase), tokens_asked) for phrase in column.words.all())
                if kind_of(said.found, column) is Kind.BOOLEAN and own:
                    return said.add(Condition(field=column.name, values=("yes",)))


def _best_code(said: Said, codes: Sequence[Sense]) -> Sense:
    """Of the columns that have such a value the one just named, else a computed one, else the first."""
    if said.pending is not None and (mine := [sense for sense in codes if said.pending and sense.column == said.pending.name]):
        return mine[0]
    order = list(said.found.by_name)
    stated = {sense.values for sense in codes if sense.column == "implementation_status"}

    if nothing := [sense for sense in codes if not sense.values]:
        return nothing[0]

    def rank(sense: Sense) -> tuple[int, bool, int]:
        computed = said.found.by_name[sense.column].kind is Kind.COMPUTED and sense.values not in stated
        return -len(sense.values), not computed, order.index(sense.column)

    return min(codes, key=rank)


def _is_column(said: Said, item: Item, columns: Sequence[Sense], following: Item | None) -> bool:
    """Whether a word that is a value of one column and the name of another is the name here: something to compare with follows."""
    column = column_of(said.found, columns[0].column)
    if kind_of(said.found, column) is Kind.BOOLEAN and not any(
        sense.column in ("band", "acceptance") for sense in item.of("code", said.found.name)
    ):
        return True
    kind = kind_of(said.found, column)
    return bool(following and ((following.span and kind in DATES) or (following.number is not None and kind in NUMERIC)))


def _best_column(said: Said, columns: Sequence[Sense]) -> Column:
    """The first in order, of those that can be compared where the most or the least is wanted."""
    found = [said.found.by_name[sense.column] for sense in columns]
    if said.late:
        found.sort(key=lambda column: bool(dates.PAST.search(column.name)))
    wanted = [column for column in found if not said.extreme or kind_of(said.found, column) in (*NUMERIC, *DATES)]
    return (wanted or found)[0]


def _column(said: Said, column: Column) -> None:
    kind = kind_of(said.found, column)
    if said.compare in _AGAINST and said.pending is not None and comparable(said.found, said.pending, column):
        # `whose achieved level is lower than the target level`
        said.add(Condition(field=said.pending.name, operator=_AGAINST[said.compare], values=(column.name,)))  # type: ignore[arg-type]
        said.pending, said.compare, said.having = None, "", False
        return
    if said.pending is not None and said.pending is not column:
        _flush_before(said)
    if said.sorting and not column.listed:
        said.sort, said.sorting = ("-" if kind in NUMERIC else "") + column.name, False
    elif said.late and kind in DATES:
        _passed(said, column)
    elif kind is Kind.BOOLEAN:
        said.add(Condition(field=column.name, values=(said.yes_or_no(),)))
        said.negator, said.having = "", False
    elif said.extreme in ("highest", "lowest") and kind in NUMERIC:
        said.sort = ("-" if said.extreme == "highest" else "") + column.name
    else:
        said.pending, said.named = column, said.item


def _flush_before(said: Said) -> None:
    """Settle the column before this one: a denial of it goes on, `without owner and treatment`, and an `or` is of the two."""
    goes_on = said.item.joined and not POSSESSIVE.search(said.item.lead)
    denied, either, said.either = said.negator if goes_on else "", said.either, False
    said.flush()
    said.negator, said.either = denied, either


def _value(said: Said, column: str, values: tuple[str, ...]) -> None:
    """Add a code to those that are wanted, or were denied before; alone it takes the place of the one before."""
    operator = "not" if said.negator else "contains" if column in ("location", "line", "id") else "is"
    place = next((place for place, one in reversed([*enumerate(said.where)]) if one.field == column), None)
    before = said.where[place] if place is not None else None
    if place is not None and before and said.item.joined and before.operator in (operator, "not"):
        said.where[place] = before.model_copy(update={"values": tuple(dict.fromkeys((*before.values, *values)))})
    elif place is not None and before and before.operator == operator != "not":
        # `high nonconformities`: a narrower value replaces the family it belongs to.
        narrower = tuple(value for value in values if value in before.values)
        if narrower or set(before.values) <= set(values):
            said.where[place] = before.model_copy(update={"values": narrower or before.values})
        else:
            said.unused.append(said.item.text)
    else:
        said.add(Condition(field=column, operator=operator, values=values))  # type: ignore[arg-type]


def _opposite(said: Said, sense: Sense) -> tuple[str, ...]:
    """`not implemented` is a value of its own, and means whatever is not implemented."""
    if sense.column not in ("implementation_status", "soa_status"):
        return ()
    denied = sense.values == ("not_started",) and re.search(r"\b(?:not|nicht) (?:implemented|umgesetzt)", said.item.text, re.IGNORECASE)
    if not denied and not (said.negator and sense.values == ("implemented",)):
        return ()
    said.add(Condition(field="applicable", operator="not", values=("no",)))
    return ("implemented", "not_applicable")


def _passed(said: Said, column: Column) -> bool:
    """Take it that the day by which something was to be done lies before today."""
    if dates.PAST.search(column.name) and (due := dates.due_again(said.found, column) or due_column(said.found)):
        column = said.found.by_name[due]
    said.add(Condition(field=column.name, operator="at_most", values=(_yesterday(said.today).isoformat(),)))
    said.still_open()
    said.negator, said.late = "", False
    return True


def _group(said: Said, item: Item) -> bool:
    said.grouping = ""
    columns = [said.found.by_name[sense.column] for sense in item.of("column", said.found.name)]
    columns += [column for sense in item.of("register") for column in said.found.columns if column.register == sense.register]
    usable = [column for column in columns if not column.listed and not column.version]
    if usable:
        said.by = usable[0].name
    return bool(usable)


def _alike(some: Sequence[str], others: Sequence[str]) -> bool:
    """Whether words are the same, in whatever form."""
    pairs = zip(some, others, strict=False)
    return len(some) == len(others) and all({one, *stems(one)} & {other, *stems(other)} for one, other in pairs)


def _yesterday(today: date) -> date:
    return date.fromordinal(today.toordinal() - 1)
