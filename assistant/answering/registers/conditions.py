"""The phrases of a question about many rows of one register, taken one after the other: each selects, sorts, groups, is shown, or is left unused.

A column that was named waits for its value (`pending`), a negation for what it denies, a comparison for its number. Whatever still waits at the end is
settled or told as unused, so that nothing which was said goes missing.
"""

import re
from collections.abc import Sequence
from datetime import date

from assistant.answering.registers import dates
from assistant.answering.registers.names import Names
from assistant.answering.registers.phrases import Item, tokens_of
from assistant.answering.registers.query import Condition, RegisterQuery, codes_of, column_of, kind_of, way_to, ways
from assistant.answering.registers.times import Span
from assistant.answering.registers.vocabulary import EXPIRY, Sense, due_column, fillers, fold, label_of, stems
from knowledge.registers import REGISTERS, Register
from knowledge.registers.columns import Column, Kind, Words
from knowledge.registers.rights import Actor

_NUMERIC, _TEXTS = (Kind.INTEGER, Kind.DECIMAL), (Kind.TEXT, Kind.LONG)
_CUES_FIRST = ("negators", "highest", "lowest", "oldest")
"""Cues that are never a value, though a value is spelt like them: `keine`, `höchsten`."""
_COMPARED = {"above": "at_least", "over": "at_least", "below": "at_most", "under": "at_most"}
_TELLING = ("location", "line", "type")
"""Columns whose values say of linked rows which they are: `in hall 3`, `of the stage 1 audit`."""
_OWNERS = ("owner", "author", "holder", "reporter")
_DOERS = ("owner", "approver", "auditor", "tester")
"""Columns that name a person where they are text."""
_ENDS = {"from": {"from", "von", "aus"}, "to": {"to", "into", "nach", "zu", "zur"}}
_TOP = 5


class Conditions:
    """What the phrases say about the rows of a register. `take` them in order, then `finish`."""

    def __init__(self, found: Register, actor: Actor, today: date, names: Names) -> None:
        self.found, self.actor, self.today, self._names = found, actor, today, names
        self.where: list[Condition] = []
        self.show: list[str] = []
        self.unused: list[str] = []
        self.by, self.sort, self.first = "", "", None  # type: str, str, int | None
        self.stranger = False
        """Whether it says `mine` while nobody knows who asks."""
        self._items: Sequence[Item] = ()
        self._item = self._asked = Item("")
        self._pending: Column | None = None
        self._negator = self._compare = self._extreme = self._grouping = ""
        self._having = self._late = self._sorting = self._either = False

    def take(self, items: Sequence[Item], asked: Item, sense: Sense) -> None:
        """Take every phrase; `asked` is the one that names the register, in that sense."""
        self._asked = asked
        self._head(asked, sense)
        self._items = [part for item in items for part in ([item] if item is asked else self._apart(item, items))]
        for place, item in enumerate(self._items):
            if item is not asked:
                self._item, self._either = item, self._either or item.either
                following = self._items[place + 1] if place + 1 < len(self._items) else None
                if not self._taken(item, following) and not item.cue("listing", "counting", "only"):
                    self.unused.append(item.text)
        self._finish(sense.plural)

    def query(self, counts: bool) -> RegisterQuery:
        """The query that was said."""
        return RegisterQuery(
            entity=self.found.name, where=tuple(self.where), show=tuple(dict.fromkeys(self.show)), by=self.by, sort=self.sort, first=self.first,
            counts=counts, today=self.today,
        )  # fmt: skip

    # --- the register itself

    def _head(self, asked: Item, sense: Sense) -> None:
        """What the word for the rows says about them: `PLCs`, `conduits`, `AI incidents`, `acceptances`."""
        labels = {fold(word) for tongue in ("en", "de") for word in (self.found.words.label(tongue), self.found.words.plural(tongue))}
        kinds = self._kinds(asked) if fold(asked.text) not in labels and asked.text else []
        kinds = kinds or [one for one in asked.of("code", self.found.name) if len(one.values) > 1 and fold(asked.text) not in labels]
        if sense.what == "column":
            column = self.found.by_name[sense.column]
            if kind_of(self.found, column) is Kind.BOOLEAN:
                self._add(Condition(field=column.name, values=("yes",)))
            else:
                self._pending = column
        elif sense.what == "code" or kinds:
            self._code(kinds[0] if kinds else sense)
        else:
            self._mark_itself(asked)

    def _kinds(self, asked: Item) -> list[Sense]:
        """The kind that a word for the register's rows also is: `conduits` are zones, `privileged accounts` are access paths of that kind."""
        said = tokens_of(asked.text)
        columns = [column for column in self.found.columns if column.name in ("kind", "type")]
        named = [
            (_alike(tokens, said), Sense("code", self.found.name, column.name, (code,)))
            for column in columns
            for code, words in (codes_of(self.found, column) or {}).items()
            for word in words.all()
            if (tokens := tokens_of(word)) and (_alike(tokens, said) or (len(said) > 1 and _alike(tokens[:1], said[:1])))
        ]
        return [sense for _, sense in sorted(named, key=lambda pair: not pair[0])]

    def _mark_itself(self, asked: Item) -> None:
        """`AI incidents` and `AI vendors`: the phrase is a word of the register and of its yes-or-no column too."""
        said = tokens_of(asked.text)
        for word in self.found.words.all():
            if tokens_of(word) == tokens_of(asked.text) and word not in (self.found.words.label("en"), self.found.words.label("de")):
                for column in self.found.columns:
                    own = any(_alike(tokens_of(phrase), said) for phrase in column.words.all())
                    if kind_of(self.found, column) is Kind.BOOLEAN and own:
                        return self._add(Condition(field=column.name, values=("yes",)))

    # --- one phrase

    def _apart(self, item: Item, items: Sequence[Item]) -> list[Item]:
        """The words of a phrase that only another register knows: `not done` of trainings is a negation and a state.

        `not checked in the last year` is a negation too, though `not checked` alone is a state.
        """
        place = items.index(item)
        beside = items[max(place - 1, 0) : place + 2]
        dated = any(one.span for one in beside) and bool(item.of("code", self.found.name)) and bool(item.apart()[0].cue("negators"))
        linked = any(
            sense.register == self.found.name or (sense.register in REGISTERS and bool(ways(self.found, sense.register)))
            for sense in item.senses
        )
        if item.length == 1 or (linked and not dated) or any(sense.what in ("cue", "row") for sense in item.senses):
            return [item]
        return item.apart()

    def _taken(self, item: Item, following: Item | None) -> bool:
        """Whether the phrase is put to use."""
        if item.span:
            return self._time(item.span, item)
        if item.number is not None:
            return self._number(item.number, item)
        if item.of("row"):
            return self._row(item)
        if item.cue("deed") and self._deed(item):
            return True
        if item.unknown:
            return self._text(item)
        if item.cue(*_CUES_FIRST) and (following or item.cue("me")) and self._cue(item, following):
            return True
        if any(sense.what in ("column", "code", "late", "register") for sense in item.senses) and self._phrase(item, following):
            return True
        if item.cue("me"):
            return self._me()
        return self._cue(item, following)

    def _deed(self, item: Item) -> bool:
        """Take it that somebody did it: `approved by Mira`, `von Mira freigegeben`."""
        names = [name for sense in item.of("cue") for name in sense.values if sense.column == "deed" and name in self.found.by_name]
        place = self._items.index(item)
        following = [one for one in self._items[place + 1 : place + 3] if not one.cue("groups")]
        if names and following and _is_somebody(following[0]):
            self._flush()
            self._pending = self.found.by_name[names[0]]
            return True
        last = self.where[-1] if self.where else None
        if names and place and last and _is_somebody(self._items[place - 1]) and last.field in _OWNERS:
            self.where[-1] = last.model_copy(update={"field": names[0]})
            return True
        return all(sense.what == "cue" for sense in item.senses) and fillers().issuperset(tokens_of(item.text))

    def _cue(self, item: Item, following: Item | None) -> bool:
        if item.cue("after") and self._pending is not None and (following is None or not following.of("column", self.found.name)):
            self._negator = item.text
            self._flush()
            return True
        if item.cue("negators"):
            if fold(item.text) == "out of" and not (following and following.of("column", self.found.name)):
                return True
            self._flush()
            self._negator = item.text
            return True
        if item.cue("sorting"):
            self._sorting = True
            return True
        if item.cue("groups") and self._sorting:
            return True
        if item.cue("nobody"):
            later = self._items[self._items.index(item) + 1 :]
            said = next((one for one in later if not one.cue("with")), None)
            if said is not None and said.of("code", self.found.name):
                self._negator = item.text
                return True
            return self._nobody()
        if item.cue("groups") and following and self._extreme and self._orders(following):
            return True
        if item.cue("groups") and following and (following.of("column") or following.of("register")):
            self._flush()
            self._grouping = item.text
            return True
        for name in _COMPARED:
            if item.cue(name):
                self._compares(name)
                return True
        for name in ("highest", "lowest", "latest", "oldest", "next"):
            if item.cue(name):
                self._extreme = name
                return True
        if item.cue("restricted"):
            self._add(Condition(field="audience", operator="not", values=("public", "staff")))
            return True
        if item.cue("with"):
            self._flush()
            self._having = True
            return True
        return self._waits(item) or item.cue("groups", "after")

    def _orders(self, item: Item) -> bool:
        """Whether it names a number by which rows can stand: `top 3 assets by development cost`."""
        return any(kind_of(self.found, self.found.by_name[one.column]) in _NUMERIC for one in item.of("column", self.found.name))

    def _waits(self, item: Item) -> bool:
        """A word for a column whose value is still to come: `owned`, `due`, `expires`; or `expired`, which says it all."""
        if item.cue("expired"):
            return self._expired()
        name = ""
        if item.cue("owning"):
            name = "owner" if "owner" in self.found.by_name else ""
        elif item.cue("due"):
            name = due_column(self.found)
        elif item.cue("expiry"):
            name = dates.expiry(self.found)
        if name and not (self._pending is not None and self._pending.name == name):
            if not item.cue("owning"):
                self._flush()
            self._pending = self.found.by_name[name]
        return bool(name)

    def _nobody(self) -> bool:
        """Take it that no person stands in the column that was named, or no owner."""
        owner = self._pending or next((self.found.by_name[name] for name in _OWNERS if name in self.found.by_name), None)
        if owner is None or owner.kind is not Kind.PERSON:
            return False
        self._add(Condition(field=owner.name, operator="empty"))
        self._pending, self._negator = None, ""
        return True

    def _expired(self) -> bool:
        """Take what says that something has run out: when, if a span of time says so, else before today."""
        name = dates.expiry(self.found)
        if not name:
            return False
        if self._pending is not None and self._pending.name in (name, "acceptance"):
            self._pending = None
        if any(item.span for item in self._items):
            self._pending = self.found.by_name[name]
        elif "acceptance" in self.found.by_name:
            self._code(Sense("code", self.found.name, "acceptance", ("expired",)))
        elif "expired" in self.found.by_name:
            self._add(Condition(field="expired", values=(self._yes_or_no(),)))
        else:
            day, operator = (self.today, "at_least") if self._negator else (_yesterday(self.today), "at_most")
            self._add(Condition(field=name, operator=operator, values=(day.isoformat(),)))  # type: ignore[arg-type]
            self._negator = ""
        return True

    # --- words of the registers

    def _phrase(self, item: Item, following: Item | None) -> bool:
        """Whether the phrase says something about the register that is asked."""
        name = self.found.name
        if item.cue("due") and self._pending is not None and self._pending.name in dates.NEXT:
            return True
        codes, columns = item.of("code", name), item.of("column", name)
        if self._grouping:
            return self._group(item)
        if item.of("late", name) or any(sense.column in dates.LATE for sense in columns):
            return self._overdue(columns, following)
        if codes and not (columns and self._is_column(item, columns, following)):
            self._code(self._best_code(codes))
            return True
        if columns:
            self._column(self._best_column(columns))
            return True
        if item.of("register", name) and not item.of("code"):
            self._mark_itself(item)
            return True
        return self._one_hop(item, following)

    def _overdue(self, columns: Sequence[Sense], following: Item | None) -> bool:
        """`overdue` of the column that stands beside it, else of the row as a whole."""
        beside = following.of("column", self.found.name) if following else []
        if "review_overdue" not in self.found.by_name and self._pending is None and beside and dates.is_date(self.found, beside[0].column):
            self._late = True
            return True
        computed = [sense.column for sense in columns if sense.column in dates.LATE]
        if self._pending is not None and kind_of(self.found, self._pending) in dates.DATES and "review_overdue" not in self.found.by_name:
            column, self._pending = self._pending, None
            return self._passed(column)
        if computed:
            if self._pending is not None and kind_of(self.found, self._pending) in dates.DATES:
                self._pending = None
            self._add(Condition(field=computed[0], values=(self._yes_or_no(),)))
            self._negator = ""
            return True
        return self._passed(self.found.by_name[due_column(self.found)])

    def _passed(self, column: Column) -> bool:
        """Take it that the day by which something was to be done lies before today."""
        column = self.found.by_name[due_column(self.found)] if dates.PAST.search(column.name) and due_column(self.found) else column
        self._add(Condition(field=column.name, operator="at_most", values=(_yesterday(self.today).isoformat(),)))
        self._still_open()
        self._negator, self._late = "", False
        return True

    def _is_column(self, item: Item, columns: Sequence[Sense], following: Item | None) -> bool:
        """Whether a word that is a value of one column and the name of another is the name here: something to compare with follows."""
        column = column_of(self.found, columns[0].column)
        if kind_of(self.found, column) is Kind.BOOLEAN and not any(
            sense.column in ("band", "acceptance") for sense in item.of("code", self.found.name)
        ):
            return True
        kind = kind_of(self.found, column)
        return bool(following and ((following.span and kind in dates.DATES) or (following.number is not None and kind in _NUMERIC)))

    def _best_code(self, codes: Sequence[Sense]) -> Sense:
        """Of the columns that have such a value the one just named, else a computed one, else the first."""
        if self._pending is not None and (mine := [sense for sense in codes if self._pending and sense.column == self._pending.name]):
            return mine[0]
        order = list(self.found.by_name)
        stated = {sense.values for sense in codes if sense.column == "implementation_status"}

        if nothing := [sense for sense in codes if not sense.values]:
            return nothing[0]

        def rank(sense: Sense) -> tuple[int, bool, int]:
            computed = self.found.by_name[sense.column].kind is Kind.COMPUTED and sense.values not in stated
            return -len(sense.values), not computed, order.index(sense.column)

        return min(codes, key=rank)

    def _best_column(self, columns: Sequence[Sense]) -> Column:
        """The first in order, of those that can be compared where the most or the least is wanted."""
        found = [self.found.by_name[sense.column] for sense in columns]
        if self._late:
            found.sort(key=lambda column: bool(dates.PAST.search(column.name)))
        wanted = [column for column in found if not self._extreme or kind_of(self.found, column) in (*_NUMERIC, *dates.DATES)]
        return (wanted or found)[0]

    def _code(self, sense: Sense) -> None:
        if self._pending is not None and self._pending.name != sense.column:
            self._flush()
        self._pending = None
        values = sense.values
        if not values:
            # `untreated` is a word for nothing there.
            return self._add(Condition(field=sense.column, operator="filled" if self._negator else "empty"))
        codes = set(codes_of(self.found, self.found.by_name[sense.column]) or ())
        if values == ("open",) and {"running", "done"} <= codes and not self._negator:
            # What runs is open too.
            done = tuple(code for code in ("done", "dropped") if code in codes)
            return self._add(Condition(field=sense.column, operator="not", values=done))
        if self._negator and sense.column in ("state", "status") and values[0] != "done" and f"{values[0]}_on" in self.found.by_name:
            # What is deployed was approved before: whether it ever was, its date says.
            self._negator = ""
            return self._add(Condition(field=f"{values[0]}_on", operator="empty"))
        if opposite := self._opposite(sense):
            values, self._negator = opposite, self._item.text
        if self._compare and sense.column == "band":
            values = self._bands(values[0])
        self._value(sense.column, values)
        self._negator = self._compare = ""
        self._having = False

    def _value(self, column: str, values: tuple[str, ...]) -> None:
        """Add a code to those that are wanted, or were denied before; alone it takes the place of the one before."""
        operator = "not" if self._negator else "contains" if column in ("location", "line") else "is"
        place = next((place for place, one in enumerate(self.where) if one.field == column), None)
        before = self.where[place] if place is not None else None
        if place is not None and before and self._item.joined and before.operator in (operator, "not"):
            self.where[place] = before.model_copy(update={"values": tuple(dict.fromkeys((*before.values, *values)))})
        elif place is not None and before and before.operator == operator != "not":
            # `high nonconformities`: a narrower value replaces the family it belongs to.
            narrower = tuple(value for value in values if value in before.values)
            self.where[place] = before.model_copy(update={"values": narrower or values})
        else:
            self._add(Condition(field=column, operator=operator, values=values))  # type: ignore[arg-type]

    def _opposite(self, sense: Sense) -> tuple[str, ...]:
        """`not implemented` is a value of its own, and means whatever is not implemented."""
        if sense.column not in ("implementation_status", "soa_status"):
            return ()
        said = sense.values == ("not_started",) and re.search(r"\b(?:not|nicht) (?:implemented|umgesetzt)", self._item.text, re.IGNORECASE)
        if not said and not (self._negator and sense.values == ("implemented",)):
            return ()
        self._add(Condition(field="applicable", operator="not", values=("no",)))
        return ("implemented", "not_applicable")

    def _bands(self, code: str) -> tuple[str, ...]:
        codes = list(codes_of(self.found, self.found.by_name["band"]) or ())
        place = codes.index(code)
        wanted = {"above": codes[place:], "over": codes[place + 1 :], "below": codes[: place + 1], "under": codes[:place]}
        return tuple(wanted[self._compare] or codes[place:])

    def _column(self, column: Column) -> None:
        kind = kind_of(self.found, column)
        if self._pending is not None and self._pending is not column:
            self._flush()
        if self._sorting:
            self.sort, self._sorting = ("-" if kind in _NUMERIC else "") + column.name, False
        elif self._late and kind in dates.DATES:
            self._passed(column)
        elif kind is Kind.BOOLEAN:
            self._add(Condition(field=column.name, values=(self._yes_or_no(),)))
            self._negator, self._having = "", False
        elif self._extreme in ("highest", "lowest") and kind in _NUMERIC:
            self.sort = ("-" if self._extreme == "highest" else "") + column.name
        else:
            self._pending = column

    def _yes_or_no(self) -> str:
        return "no" if self._negator else "yes"

    def _one_hop(self, item: Item, following: Item | None) -> bool:
        """A word of another register that this one is linked to: what the rows there are, or that there are any."""
        hops = [sense for sense in item.senses if sense.what == "code" and (sense.noun or sense.column in _TELLING)]
        hops += [
            sense
            for sense in item.of("column")
            if item.length > 1 and kind_of(REGISTERS[sense.register], REGISTERS[sense.register].by_name[sense.column]) is Kind.BOOLEAN
        ]
        linked = [sense for sense in hops if sense.register != self.found.name and ways(self.found, sense.register)]
        if linked and not item.of("register"):
            return self._hop(linked[0])
        if families := item.of("code", self.found.name):
            self._code(families[0])
            return True
        if (
            following
            and following.cue("expiry")
            and dates.expiry(self.found)
            and self._part_of(item.text, [self.found.by_name[dates.expiry(self.found)].words])
        ):
            return True
        others = [sense.register for sense in item.of("register") if sense.register != self.found.name]
        if following and following.of("row") and following.row.register in others:
            return True
        if following and {sense.register for sense in following.of("code")} & set(others):
            return True
        return self._any_linked(item, others)

    def _hop(self, sense: Sense) -> bool:
        """Take what linked rows are; of the end of a way those that stand there, `data flows to PLCs`."""
        operator = "contains" if sense.column in ("location", "line") else "is"
        if self._negator and sense.values:
            return False
        end = self._end_of_way(self._item, [sense])
        field = f"{end.name if end else f'@{sense.register}'}.{sense.column}"
        self._add(Condition(field=field, operator=operator, values=sense.values or (self._yes_or_no(),)))  # type: ignore[arg-type]
        self._negator = ""
        return True

    def _any_linked(self, item: Item, others: Sequence[str]) -> bool:
        """Whether rows of another register are linked, or none; a word that is part of a column's own name says nothing more."""
        column = next((column for column in self.found.columns for other in others if column.register == other), None)
        target = next((other for other in others if ways(self.found, other)), "")
        if column is None and not target:
            return False
        self._flush()
        if self._negator or self._having or column is not None:
            field = column.name if column is not None and column.listed else f"@{target}"
            self._add(Condition(field=field, operator="empty" if self._negator else "filled"))
            self._negator, self._having = "", False
            return True
        ends = [self.found.by_name[name] for name in EXPIRY if name in self.found.by_name]
        said = min(stems(tokens_of(item.text)[-1]), key=len)
        if any(token.startswith(said) for column in ends for phrase in column.words.all() for token in tokens_of(phrase)):
            return True
        self._add(Condition(field=f"@{target}", operator="filled"))
        return True

    def _group(self, item: Item) -> bool:
        self._grouping = ""
        columns = [self.found.by_name[sense.column] for sense in item.of("column", self.found.name)]
        columns += [column for sense in item.of("register") for column in self.found.columns if column.register == sense.register]
        usable = [column for column in columns if not column.listed and not column.version]
        if usable:
            self.by = usable[0].name
        return bool(usable)

    # --- values

    def _text(self, item: Item) -> bool:
        """An unknown word after a column of text is what stands there, `firmware 2.4`; else it may be a word of titles, `legacy PLCs`."""
        if self._pending is None and not self._negator and self._names.titled(self.found.name, item.text):
            self.where.append(Condition(field=label_of(self.found), operator="contains", values=(item.text,)))
            return True
        if self._pending is None or self._negator or self._pending.kind not in _TEXTS:
            return False
        self._add(Condition(field=self._pending.name, operator="contains", values=(item.text,)))
        self._pending, self._having = None, False
        return True

    def _row(self, item: Item) -> bool:
        senses = item.of("row")
        if self._pending is not None and self._pending.name in _DOERS and self._pending.kind in _TEXTS and senses[0].register == "person":
            column, self._pending = self._pending, None
            return self._text_of(column, item)
        if self._pending is None and (end := self._end_of_way(item, senses)):
            self._pending = end
        if self._pending is not None:
            mine = [sense for sense in senses if self._pending is not None and self._pending.register == sense.register]
            if mine:
                self._add(Condition(field=self._pending.name, operator="not" if self._negator else "is", values=mine[0].values))
                self._pending, self._negator, self._having = None, "", False
                return True
            if self._of_what_is_named(self._pending, senses):
                return True
            self._flush()
        if senses[0].register == "person" and self._person(item):
            return True
        for sense in senses:
            if way := way_to(self.found, sense.register):
                ids = tuple(one.values[0] for one in senses if one.register == sense.register)
                operator = "not" if self._negator else "is"
                self._add(Condition(field=way, operator=operator, values=ids if way.startswith("@") else sense.values))  # type: ignore[arg-type]
                self._negator = ""
                return True
        return False

    def _of_what_is_named(self, named: Column, senses: Sequence[Sense]) -> bool:
        """Take a place that belongs to the rows which the column names: `risks of assets at Brenova`."""
        middle = REGISTERS.get(named.register) if named.kind in (Kind.LINK, Kind.LINKS) and not self._negator else None
        for sense in senses if middle else ():
            column = middle.by_name.get(sense.register) if middle else None
            if column is not None and column.register == sense.register and sense.register in ("site", "zone", "supplier"):
                self._add(Condition(field=f"{named.name}.{column.name}", values=sense.values))
                self._pending, self._having = None, False
                return True
        return False

    def _person(self, item: Item) -> bool:
        name = next((name for name in ("owner", "author", "holder", "auditor") if name in self.found.by_name), "")
        if not name:
            return False
        if self.found.by_name[name].kind is not Kind.PERSON:
            return self._text_of(self.found.by_name[name], item)
        self._add(Condition(field=name, operator="not" if self._negator else "is", values=item.row.values))
        self._negator = ""
        return True

    def _text_of(self, column: Column, item: Item) -> bool:
        """Take a person whom a column of text names, by name or e-mail."""
        values = tuple(dict.fromkeys((item.text, *self._names.called(item.row))))
        self._add(Condition(field=column.name, operator="not" if self._negator else "contains", values=values))
        self._negator, self._having = "", False
        return True

    def _end_of_way(self, item: Item, senses: Sequence[Sense]) -> Column | None:
        """The column of the end of a way at which a row stands: `from Z-002`, `nach Z-003`."""
        before = self._items[self._items.index(item) - 1].text if self._items.index(item) else ""
        words = tokens_of(f"{before} {item.lead}")
        for end, said in _ENDS.items():
            for column in self.found.columns if said.intersection(words[-1:]) else ():
                if column.name.startswith(f"{end}_") and column.register == senses[0].register:
                    return column
        return None

    def _me(self) -> bool:
        self._flush_unless(Kind.PERSON)
        column = self._pending or next((self.found.by_name[name] for name in _OWNERS if name in self.found.by_name), None)
        if column is None or column.kind is not Kind.PERSON:
            return False
        if self.actor.person_id is None:
            self.stranger = True
            return True
        self._add(Condition(field=column.name, operator="not" if self._negator else "is", values=(self.actor.person_id,)))
        self._pending, self._negator = None, ""
        return True

    def _time(self, span: Span, item: Item) -> bool:
        self._flush_unless(*dates.DATES)
        found = self.found
        column = (
            self._pending
            or dates.said(found, span, self._items, self.where)
            or self._named_later(item)
            or dates.usual(found, span, self.today)
        )
        column = dates.still_to_come(found, column, span, self.today)
        condition = dates.within(found, column, span, self._items, bool(self._negator), self.today) if column else None
        if column is None or condition is None:
            return False
        self._add(condition)
        if column.name == due_column(found) and not dates.PAST.search(column.name):
            self._still_open()
        self._pending, self._negator, self._having = None, "", False
        return True

    def _named_later(self, item: Item) -> Column | None:
        """The date column that follows a span of time: `seit einem Jahr nicht bewertet`; what was read ahead is taken out."""
        for later in self._items[self._items.index(item) + 1 :]:
            if later.cue("negators"):
                self._negator, later.senses = later.text, [Sense("cue", column="only")]
            for sense in later.of("column", self.found.name):
                column = self.found.by_name[sense.column]
                if kind_of(self.found, column) in dates.DATES:
                    later.senses = [Sense("cue", column="only")]
                    return column
        return None

    def _still_open(self) -> None:
        """What is due is not done yet."""
        if (condition := dates.unfinished(self.found, self.where)) is not None:
            self._add(condition)

    def _compares(self, name: str) -> None:
        """`at least 12` compares what follows, `12 or more` what came before."""
        last = self.where[-1] if self.where else None
        if last is not None and last.operator == "is" and last.field == "band" and name in ("above", "below"):
            self._compare = name
            self.where[-1] = last.model_copy(update={"values": self._bands(last.values[0])})
            self._compare = ""
        elif last is not None and last.operator == "is" and last.values and last.values[0].isdigit() and name in ("above", "below"):
            self.where[-1] = last.model_copy(update={"operator": "at_least" if name == "above" else "at_most"})
        else:
            self._compare = name

    def _number(self, number: float, item: Item) -> bool:
        place = self._items.index(item)
        beside = [self._items[near] for near in (place - 1, place + 1) if 0 <= near < len(self._items)]
        if any(one.cue("highest", "lowest", "latest", "oldest", "next") for one in beside) and not self._compare and item.upto is None:
            self.first = int(number)
            return True
        if self._text(item):
            return True
        self._flush_unless(*_NUMERIC)
        last = self.where[-1] if self.where else None
        if self._pending is None and item.joined and last is not None and last.operator == "is" and self._holds_numbers(last.field):
            self._add(Condition(field=last.field, values=(f"{number:g}",)))
            return True
        column = self._pending
        if column is None and self.found.name == "risk":
            column = self.found.by_name["current_score"] if self._compare or item.upto is not None else None
        if column is None or self._negator:
            return False
        shift = {"over": 1, "under": -1}.get(self._compare, 0)
        values = (f"{number + shift:g}",) if item.upto is None else (f"{number:g}", f"{item.upto:g}")
        operator = _COMPARED.get(self._compare, "is") if item.upto is None else "between"
        self._add(Condition(field=column.name, operator=operator, values=values))  # type: ignore[arg-type]
        self._pending, self._compare, self._having = None, "", False
        return True

    def _holds_numbers(self, name: str) -> bool:
        return name in self.found.by_name and kind_of(self.found, self.found.by_name[name]) in _NUMERIC

    def _flush_unless(self, *kinds: Kind) -> None:
        if self._pending is not None and kind_of(self.found, self._pending) not in kinds:
            self._flush()

    def _flush(self) -> None:
        """Settle a column that was named and got no value: nothing stands there, something does, or it is to be shown."""
        column, self._pending = self._pending, None
        if column is None:
            return
        if self._negator and "none" in (codes_of(self.found, column) or ()):
            self._add(Condition(field=column.name, values=("none",)))
        elif self._negator:
            self._add(Condition(field=column.name, operator="empty"))
        elif self._is_due_now(column):
            self._add(Condition(field=column.name, operator="at_most", values=(self.today.isoformat(),)))
            self._still_open()
        elif self._before_its_rows(column) or (self._having and column.name not in ("owner", "name", "title")):
            self._add(Condition(field=column.name, operator="filled"))
        else:
            self.show.append(column.name)
        self._negator, self._having = "", False

    def _before_its_rows(self, column: Column) -> bool:
        """Whether a date of what has happened stands before the rows as their quality: `accepted actions`."""
        place = next((place for place, one in enumerate(self._items) if one is self._asked), 0)
        beside = self._items[place - 1] if place else None
        named = beside is not None and any(sense.column == column.name for sense in beside.of("column", self.found.name))
        return named and kind_of(self.found, column) in dates.DATES and bool(dates.PAST.search(column.name))

    def _is_due_now(self, column: Column) -> bool:
        """Whether it is asked what is due, and nothing says by when: today."""
        said = any(item.cue("due") or fold(item.text).endswith("fallig") for item in self._items)
        return said and column.name in dates.NEXT and not self._extreme and not any(item.span for item in self._items)

    def _add(self, condition: Condition) -> None:
        """Add a condition; a second row or value of one column means either, for a row has one alone."""
        either, self._either = self._either, False
        for place, one in enumerate(self.where):
            if one.field == condition.field and one.operator == condition.operator in ("is", "not", "contains"):
                values = tuple(dict.fromkeys((*one.values, *condition.values)))
                self.where[place] = one.model_copy(update={"values": values})
                return
        if condition not in self.where:
            self.where.append(condition)
            if either and len(self.where) > 1:
                # Rows that fulfil one of two columns' conditions cannot be asked for.
                self.unused.append("or")

    # --- the end

    def _finish(self, plural: bool) -> None:
        self._flush()
        if self._late:
            self._overdue([], None) if due_column(self.found) else self.unused.append("overdue")
        if self._negator and self.found.name == "training" and not any(one.field == "state" for one in self.where):
            self._code(Sense("code", "training", "state", ("done",)))
            self._negator = ""
        self.unused += [word for word in (self._negator, self._grouping) if word]
        if self._compare:
            self.unused += [item.text for item in self._items if item.cue(self._compare) and fold(item.text) not in fillers()][:1]
        if self._sorting:
            self.unused.append("sort")
        self.unused = [word for word in self.unused if not self._part_of_what_was_used(word)]
        if self._extreme and not self.sort:
            self._order(plural)
        elif self.sort and self._extreme:
            self.first = self.first or (_TOP if plural else 1)

    def _part_of_what_was_used(self, word: str) -> bool:
        """Whether a word only fills up the name of the register or of a column that was used: `paths` after `remote access`."""
        names = {one.field for one in self.where} | set(self.show)
        return self._part_of(word, [self.found.words, *(self.found.by_name[name].words for name in names if name in self.found.by_name)])

    def _part_of(self, text: str, some: Sequence[Words]) -> bool:
        """Whether each word of a text stands in a phrase of several words."""
        phrases = [tokens for words in some for phrase in words.all() if len(tokens := tokens_of(phrase)) > 1]
        known = {form for tokens in phrases for token in tokens for form in (token, *stems(token))}
        return all({token, *stems(token)} & known for token in tokens_of(text))

    def _order(self, plural: bool) -> None:
        names = self.found.by_name
        if self._extreme in ("highest", "lowest"):
            shown = [name for name in self.show if kind_of(self.found, names[name]) in _NUMERIC]
            column = shown[0] if shown else "current_score" if self.found.name == "risk" else ""
            self.sort = f"{'-' if self._extreme == 'highest' else ''}{column}" if column else ""
        else:
            self._order_by_date(dates.ordered_by(self.found, self._extreme, self.show))
        if not self.sort:
            self.unused.append(self._extreme)
            return
        self.first = self.first or (_TOP if plural else 1)

    def _order_by_date(self, column: str) -> None:
        """The latest come first; only what is still to come is next, and only what has begun was last."""
        self.sort = f"{'-' if self._extreme == 'latest' else ''}{column}" if column else ""
        if column and (condition := dates.not_called_off(self.found, self.where)):
            self._add(condition)
        if self._extreme == "next" and column and not any(one.field == column for one in self.where):
            self._add(Condition(field=column, operator="at_least", values=(self.today.isoformat(),)))
        if self._extreme != "next" and column == "start_date":
            self._add(Condition(field=column, operator="at_most", values=(self.today.isoformat(),)))


def _is_somebody(item: Item) -> bool:
    """Whether it names a person, or says `me`."""
    return item.cue("me") or (bool(item.of("row")) and item.row.register == "person")


def _alike(some: Sequence[str], others: Sequence[str]) -> bool:
    """Whether words are the same, in whatever form."""
    pairs = zip(some, others, strict=False)
    return len(some) == len(others) and all({one, *stems(one)} & {other, *stems(other)} for one, other in pairs)


def _yesterday(today: date) -> date:
    return date.fromordinal(today.toordinal() - 1)
