"""What a question has said of the rows so far: what is settled, and what waits for the word that it belongs to.

A column that was named waits for its value (`pending`), a negation for what it denies, a comparison for its number.
"""

import re
from collections.abc import Sequence
from datetime import date

from assistant.answering.registers import dates
from assistant.answering.registers.names import Names
from assistant.answering.registers.phrases import Item, tokens_of
from assistant.answering.registers.query import DATES, Condition, RegisterQuery, codes_of, kind_of
from assistant.answering.registers.vocabulary import fold, stems
from knowledge.registers import Register
from knowledge.registers.columns import Column, Kind, Words
from knowledge.registers.rights import Actor

_BINDS = re.compile(r"\b(?:from|out of|against|about|concerning|aus|von|gegen|über|zu|wegen)\s+$", re.IGNORECASE)

_TOLD = re.compile(
    r"\b(?:their|its|respective|ihre[mnrs]?|deren|dessen|jeweilig\w*|with|including|incl|plus|mit|samt|inkl|nebst|sowie|which|what|whose|welche\w*|wessen|who|when|wann|wer|wem|wen|wo|where|how|wie|show|give|zeig\w*|nenne?|gib|list|liste)\b",
    re.IGNORECASE,
)
"""Small words before a column that is to be told."""


class Said:
    """What was said of the rows of a register: conditions, columns, order. What still waits for its word is settled by `flush`, or when that word comes."""

    def __init__(self, found: Register, actor: Actor, today: date, names: Names, items: Sequence[Item], asked: Item) -> None:
        """Nothing yet, of `items` among which `asked` names the register."""
        self.found, self.actor, self.today, self.names = found, actor, today, names
        self.items, self.asked = items, asked
        self.item = Item("")
        """The phrase that is being read."""
        self.where: list[Condition] = []
        self.show: list[str] = []
        self.unused: list[str] = []
        self.by, self.sort, self.first = "", "", None  # type: str, str, int | None
        self.stranger = False
        """Whether it says `mine` while nobody knows who asks."""
        self.pending: Column | None = None
        """A column that was named, and waits for its value."""
        self.named: Item | None = None
        """The phrase that named the column which waits, or waited last."""
        self.negator = self.compare = self.extreme = self.grouping = ""
        """A `not`, an `at least`, a `most` and a `by` that wait for what they are said of."""
        self.having = self.late = self.sorting = self.either = False
        """Whether a `with`, an `overdue`, a `sorted` or an `or` waits so."""
        self.all_of_them = False
        """Whether all rows are wanted in the order that a `most` names: `oldest first`."""

    def query(self, counts: bool) -> RegisterQuery:
        """The query that was said."""
        return RegisterQuery(
            entity=self.found.name, where=tuple(self.where), show=tuple(dict.fromkeys(self.show)), by=self.by, sort=self.sort, first=self.first,
            counts=counts, today=self.today,
        )  # fmt: skip

    def add(self, condition: Condition) -> None:
        """Add a condition; a second row or value of one column means either, for a row has one alone."""
        either, self.either = self.either, False
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

    def before(self, item: Item) -> list[str]:
        """The small words before a phrase, and the words of the phrase before it where that is a small one too."""
        place = self.items.index(item)
        one = self.items[place - 1] if place else None
        return tokens_of(f"{one.text if one and all(sense.what == 'cue' for sense in one.senses) else ''} {item.lead}")

    def flush(self) -> None:
        """Settle a column that was named and got no value: nothing stands there, something does, or it is to be shown."""
        column, self.pending = self.pending, None
        if column is None:
            return
        if self.negator and "none" in (codes_of(self.found, column) or ()):
            self.add(Condition(field=column.name, values=("none",)))
        elif self.negator:
            self.add(Condition(field=column.name, operator="empty"))
        elif self._is_due_now(column):
            self.add(Condition(field=column.name, operator="at_most", values=(self.today.isoformat(),)))
            self.still_open()
        elif self._before_its_rows(column) or (self.having and column.name not in ("owner", "name", "title")):
            self.add(Condition(field=column.name, operator="filled"))
        else:
            if self._right_behind_its_rows(column) or self._said_of_rows(column):
                self.add(Condition(field=column.name, operator="filled"))
                self.show.append(column.name)
            elif self._to_be_told(column):
                self.show.append(column.name)
            elif self.named:
                self.unused.append(self.named.text)
        self.negator, self.having = "", False

    def flush_unless(self, *kinds: Kind) -> None:
        """Settle the column that waits, unless it is of one of these kinds."""
        if self.pending is not None and kind_of(self.found, self.pending) not in kinds:
            self.flush()

    def still_open(self) -> None:
        """What is due is not done yet."""
        if (condition := dates.unfinished(self.found, self.where)) is not None:
            self.add(condition)

    def yes_or_no(self) -> str:
        """The value of a yes-or-no column, by whether a negation waits."""
        return "no" if self.negator else "yes"

    @property
    def _place(self) -> int:
        """Where the phrase stands that names the register; 0 where it goes without saying."""
        return next((place for place, one in enumerate(self.items) if one is self.asked), 0)

    def _before_its_rows(self, column: Column) -> bool:
        """Whether a date of what has happened stands before the rows as their quality: `accepted actions`."""
        beside = self.items[self._place - 1] if self._place else None
        named = beside is not None and any(sense.column == column.name for sense in beside.of("column", self.found.name))
        return named and kind_of(self.found, column) in DATES and bool(dates.PAST.search(column.name))

    def _right_behind_its_rows(self, column: Column) -> bool:
        """Whether a column makes one noun with its rows: a risk without a treatment is none of the `risk treatments`."""
        beside = self.items[self._place + 1] if self.asked.text and self._place + 1 < len(self.items) else None
        named = (
            beside is not None
            and not beside.lead.strip()
            and any(one.column == column.name for one in beside.of("column", self.found.name))
        )
        return named and column.kind is Kind.CODE

    def _said_of_rows(self, column: Column) -> bool:
        """Whether a preposition binds linked rows to these: `improvements from incidents` have one, `risks and their assets` are told theirs."""
        later = (
            one for one in self.items[self._place + 1 :] if any(sense.column == column.name for sense in one.of("column", self.found.name))
        )
        one = next(later, None)
        return one is not None and column.kind in (Kind.LINK, Kind.LINKS) and not one.joined and bool(_BINDS.search(one.lead))

    def _to_be_told(self, column: Column) -> bool:
        """Whether the question wants to be told a column that got no value; else its word restricts the rows in a way that was not understood.

        It does where it stands before the rows, goes on a list, or is theirs: `the owner of each risk`, `risks, their owners and scores`.
        """
        one = self.named
        if (
            self.extreme
            or one is None
            or one not in self.items
            or not any(sense.column == column.name for sense in one.of("column", self.found.name))
        ):
            return True
        spoken_of = {part.removeprefix("@") for condition in self.where for part in (condition.field, *condition.field.split("."))}
        places = {id(item): place for place, item in enumerate(self.items)}
        before = places[id(one)] < places.get(id(self.asked), -1)
        dated = one.cue("due") and any(condition.field in dates.NEXT for condition in self.where)
        return (
            before
            or dated
            or one.joined
            or bool({column.name, column.register} & spoken_of)
            or bool(_TOLD.search(" ".join((self.items[0].lead, *self.before(one)))))
            or not self.asked.text
        )

    def _is_due_now(self, column: Column) -> bool:
        """Whether it is asked what is due, and nothing says by when: today."""
        said = any(item.cue("due") or fold(item.text).endswith("fallig") for item in self.items)
        return said and column.name in dates.NEXT and not self.extreme and not any(item.span for item in self.items)


def part_of(text: str, some: Sequence[Words]) -> bool:
    """Whether each word of a text stands in a phrase of several words."""
    phrases = [tokens for words in some for phrase in words.all() if len(tokens := tokens_of(phrase)) > 1]
    known = {form for tokens in phrases for token in tokens for form in (token, *stems(token))}
    return all({token, *stems(token)} & known for token in tokens_of(text))
