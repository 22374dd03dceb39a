"""A question read as a register query, by rules; None where it asks for a rule, a text or something else.

The words of the descriptions and the names in the data are found in the question; the first thing that can be counted is what is asked
for, everything else selects. Precision comes first: a question about what must be done is left to the documents, and a word that was not
used is told.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from assistant.answering.registers import conditions, counting, dates, idioms, phrases, recognition, single
from assistant.answering.registers.names import Names
from assistant.answering.registers.phrases import Item
from assistant.answering.registers.query import DATES, Condition, RegisterQuery, kind_of, way_to
from assistant.answering.registers.said import Said
from assistant.answering.registers.subject import ASKS_WHEN, ASKS_WHO, asked_for, implied
from assistant.answering.registers.vocabulary import Sense, fold
from knowledge.registers import REGISTERS, Register
from knowledge.registers.columns import Kind
from knowledge.registers.rights import Actor

_HOW_LONG = re.compile(
    r"\b(?:how many|wie ?viele?) (?:seconds|minutes|hours|days|weeks|months|years|sekunden|minuten|stunden|tagen?|wochen|monaten?|jahren?|times|mal)\b",
    re.IGNORECASE,
)
_DEFINES = re.compile(
    r"^\W*(?:what(?:'s| is| does| counts as| qualifies as)|was (?:ist|heißt|bedeutet|gilt als|zählt als)) (?:an? |eine?[nrms]? )",
    re.IGNORECASE,
)
_IN_PRINCIPLE = re.compile(
    r"^\W*(?:what makes? an? |was macht (?:ein|eine|einen) |is an? |ist ein |ist eine |do(?:es)? (?:we|i|you|one|everybody|every \w+) need an? |brauch(?:en|e|t) (?:wir|ich|man|es|jede[rs]?) (?:\w+ )?eine?[nrs]? |"
    r"what (?:do|should|must) (?:we|i|you|they) do (?:when|if|about|with|after|in)\b|what to do\b|was (?:tun|machen|tue|mache|tut|macht) (?:wir|ich|man) (?:wenn|bei|mit|nach)\b|what are (?!the\b|our\b|my\b|all\b)[\w-]+(?: [\w-]+)?\W*$)"
    r"|\bzu beachten\b",
    re.IGNORECASE,
)
"""A question about such things in general: what makes one, what to do about them, whether one is needed."""
_ASKS_FOR_A_LIST = re.compile(
    r"^\W*(?:(?:please|bitte|hi|hey|hallo|hello)\W+)?(?:which|what|list|show|give|how many|number of|are there|do we|welche\w*|was|liste|zeig\w*|nenne?|gib|wie ?viele|anzahl|gibt es|haben wir|all|alle|any|my|meine?|(?:are|is|sind|has|have|hat|haben|hatten) (?:\w+ )?(?:any|irgend\w*|alle|all))\b",
    re.IGNORECASE,
)
_ASKS_TO_SHOW = re.compile(r"^\W*(?:(?:please|bitte)\W+)?(?:list|show|give|liste|zeig\w*|nenne?|gib)\b", re.IGNORECASE)
_OURS = re.compile(r"\b(?:we|our|us|my|mine|i|all|every|the|wir|uns\w*|mein\w*|ich|alle\w*|die|bei uns)\b", re.IGNORECASE)
_HAS_TO = re.compile(r"must|muss|müssen|muessen|need|should|soll(?:en|ten|te)?", re.IGNORECASE)
"""`which risks must be reviewed this year` asks which are due, where `must` alone asks for a rule."""
_OF_PEOPLE = ("training", "acknowledgement")
"""Registers each row of which is one person's part in something."""
_OF_THOSE = re.compile(r"\b(?:only|just|nur|davon|darunter|of (?:those|these|them)|among them|from those|of which)\b", re.IGNORECASE)
_TO_IT = re.compile(
    r"\b(?:dazu|daran|dafür|damit|davon|darauf|dabei|hierzu|dort|darin|(?:for|about|on|to|of|with|at|in|from) (?:it|this|that|them|him|her)|its|there)\b(?! (?:are|is|any))",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"\W*(?:and|und|only|nur|davon|of those|of these|what about|was ist mit|how about|but|aber|just|or|oder)\b", re.IGNORECASE
)
_IN_GENERAL = re.compile(
    r"\W*(?:what|was) (?:(?:are|is|sind|ist)\b(?! our| unsere)|(?:goes|belongs?|comes|has to|needs to|should|(?:do|must|should) (?:we|i) (?:need|have)? ?to|gehör\w*|kommt|muss|soll\w*)\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Reading:
    """A query, the words of the question that it does not use, and the ids in it that name no row which the asker may see."""

    query: RegisterQuery
    unused: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    likely: bool = False
    """Whether the question is put as people ask for rows, whatever its words mean."""
    others: tuple[str, ...] = ()
    """Other registers whose rows the same word means: a `Zertifikat` of the company, or of a machine."""

    @property
    def whole(self) -> bool:
        """Whether every word was put to use, and every id is known."""
        return not self.unused and not self.missing


@dataclass(frozen=True)
class Unclear:
    """A register question that asks for what is `mine` while nobody knows who asks."""


def parse(
    question: str,
    actor: Actor,
    today: date,
    names: Names,
    before: RegisterQuery | None = None,
    audit: date | None = None,
    register: str = "",
) -> Reading | Unclear | None:
    """The query that a question asks for. `before` is the one of the question before, `audit` the day of the next audit, `register` the one that a
    word for the rows of several is to mean.
    """
    question = idioms.bare(question)
    items = counting.per_value(question, phrases.split(question, actor, today, names, audit))
    listing = any(item.cue("listing") for item in items)
    if any(item.span and not item.span.unsigned for item in items) and any(_begins_a_list(item) for item in items[:1]):
        _read_as_due(items)
    if _HOW_LONG.search(question) or (_is_general(question) and not any(item.of("row") for item in items)):
        return None
    lean = recognition.asks_for_rows(items)
    if lean < recognition.UNLIKELY and before is None and not any(item.of("row") for item in items):
        return None
    likely = lean > recognition.LIKELY
    asked = asked_for(question, items, before, listing) or (implied(items) if likely else None)
    if asked is None:
        return None
    if _about_something_else(asked, items):
        if not likely:
            return None
        items = [item for item in items if not item.blocked or item is asked]
    if asked.of("row"):
        found = single.of_row(question, items, asked, today)
        return Reading(found[0], tuple(found[1]), likely=likely) if found else None
    if ASKS_WHO.match(question) and not before and asked.text and not likely and not _tells_who(asked, items):
        return None
    return _list(question, items, asked, actor, today, names, before, listing, register, likely)


def _is_general(question: str) -> bool:
    return bool(_DEFINES.match(question) or _IN_PRINCIPLE.search(question))


def _begins_a_list(item: Item) -> bool:
    """Whether rows are asked for: `which`, `how many`, or the rows themselves."""
    return item.cue("listing", "counting") or any(sense.plural for sense in item.of("register"))


def _read_as_due(items: Sequence[Item]) -> None:
    """Take `must` before a day for what is due then; what has to be done is not done yet."""
    place = next((place for place, item in enumerate(items) if item.blocked and _HAS_TO.fullmatch(item.text)), len(items))
    for item in items[place : place + 1]:
        item.blocked, item.senses = False, [Sense("cue", column="due")]
    for item in items[place + 1 :]:
        if any(sense.column in ("state", "status") and sense.values in dates.FINISHED for sense in item.of("code")):
            item.senses = [Sense("cue", column="only")]


def _about_something_else(asked: Item, items: Sequence[Item]) -> bool:
    """Whether a word like `must` or `why` makes it a question about a rule, and is no value of the register that is asked."""
    register = (asked.of("register") or asked.senses)[0].register
    return any(
        item.blocked
        and item is not asked
        and not (asked.of("row") and (fold(item.text) in ("how", "wie") or item.of("column", register)))
        and not any(_says_yes_or_no(sense) for sense in item.of("column", register))
        for item in items
    )


def _says_yes_or_no(sense: Sense) -> bool:
    found = REGISTERS[sense.register]
    return kind_of(found, found.by_name[sense.column]) is Kind.BOOLEAN


def _tells_who(asked: Item, items: Sequence[Item]) -> bool:
    """Whether rows say who: the owners of the risks on something or of the most, the people who have or have not done a training."""
    if any(item.cue("most") for item in items) and any(item.cue("groups") for item in items):
        return True
    owning = bool(asked.of("register")) and any(item.cue("owning") for item in items) and _names_a_thing(items)
    return owning or any(sense.register in _OF_PEOPLE for sense in asked.of("register"))


def _names_a_thing(items: Sequence[Item]) -> bool:
    """Whether one row of the plant is named, people aside: `who owns the risks on WeldEye` is no question about a role."""
    return any(item.of("row") and item.row.register != "person" for item in items)


def _list(
    question: str,
    items: list[Item],
    asked: Item,
    actor: Actor,
    today: date,
    names: Names,
    before: RegisterQuery | None,
    listing: bool,
    register: str,
    likely: bool,
) -> Reading | Unclear | None:
    """Many rows of the register that is asked."""
    registers = asked.of("register") or [sense for sense in asked.of("code") if sense.noun] or asked.of("column")
    registers = [sense for sense in registers if _reaches(REGISTERS[sense.register], items)] or registers
    sense = next((sense for sense in registers if before and sense.register == before.entity), registers[0])
    nouns = [one for one in asked.senses if one.noun and one.what in ("register", "code")]
    sense = next((one for one in nouns if one.register == register), sense)
    said = conditions.gathered(items, asked, sense, actor, today, names)
    if ASKS_WHO.match(question) and sense.register in _OF_PEOPLE and not said.show:
        said.show.append("owner")
    if ASKS_WHEN.match(question) and said.where and not (said.sort or said.by or _dates(said.found, said.show)):
        said.show += [name for name in (*dates.TAKES_PLACE, "detected_at") if name in said.found.by_name][:1]
    if said.stranger:
        return Unclear()
    counts = any(item.cue("counting") for item in items)
    named = any(item.text and item.of("register", sense.register) for item in items)
    stands_alone = named and not _GOES_ON.match(question) and not _OF_THOSE.search(question)
    if before is not None and stands_alone and (back := _points_back(question, said.found, before)):
        said.add(back)
    if before is not None and not stands_alone:
        return _follow(question, before, said, counts, listing)
    if not _is_asked_of_registers(question, items, said, counts, listing) and not (likely and _selects(said)):
        return None
    others = tuple(dict.fromkeys(one.register for one in nouns if one.register != sense.register))
    return Reading(said.query(counts), tuple(dict.fromkeys(said.unused)), likely=likely, others=others)


def _points_back(question: str, found: Register, before: RegisterQuery) -> Condition | None:
    """The condition that rows belong to the one row that was told of before: `which risks are there for it`, `welche Risiken gibt es dazu`."""
    way = way_to(found, before.entity) if before.single and before.entity != found.name and _TO_IT.search(question) else ""
    one = next((one for one in before.where if one.field == before.register.id_name), None)
    return Condition(field=way, values=one.values) if way and one else None


def _reaches(found: Register, items: Sequence[Item]) -> bool:
    """Whether a way leads from the register to each row that is named: `Werte von KPI-003` are no assets."""
    return all(
        any(sense.register == "person" or way_to(found, sense.register) for sense in item.of("row")) for item in items if item.of("row")
    )


def _selects(said: Said) -> bool:
    """Whether anything was said of the rows that tells some of them from others, or orders or groups them."""
    return bool(said.where or said.sort or said.by)


def _is_asked_of_registers(question: str, items: Sequence[Item], said: Said, counts: bool, listing: bool) -> bool:
    """Whether enough of the question was put to use, and it asks for what is there, not for what should be."""
    selects = bool(said.where or said.sort or said.by or said.extreme or (said.show and _ASKS_TO_SHOW.match(question)))
    unused = len(said.unused)
    if unused and any(item.blocked for item in items):
        return False
    if unused > single.MOST_UNKNOWN or (unused and not selects):
        return False
    if unused and not (said.extreme or _ASKS_FOR_A_LIST.match(question) or _names_a_thing(items) or len(items) - unused > unused):
        return False
    if ASKS_WHEN.match(question) and (unused or not (said.sort or _dates(said.found, said.show))):
        return False
    if selects or counts:
        return True
    return (bool(listing and _OURS.search(question)) or len(items) <= 2) and not _IN_GENERAL.match(question)


def _dates(found: Register, show: Sequence[str]) -> list[str]:
    return [name for name in show if kind_of(found, found.by_name[name]) in DATES]


def _follow(question: str, before: RegisterQuery, said: Said, counts: bool, listing: bool) -> Reading | None:
    """The query before, changed by what this question says."""
    if not (said.where or said.by or said.sort or said.show or counts) or len(said.unused) > 1:
        return None
    narrows = bool(_OF_THOSE.search(question))
    changed = {one.field for one in said.where if not narrows or one.operator in ("is", "between")}
    kept = [
        one
        for one in before.where
        if one.field not in changed
        and not (before.single and one.field == before.register.id_name and (said.where or said.by or said.sort or counts))
        and _holds(said.found, one, before.today)
    ]
    same = before.entity == said.found.name
    new = said.query(counts or (before.counts and not listing))
    query = new.model_copy(
        update={
            "where": tuple(dict.fromkeys((*kept, *new.where))),
            "show": new.show or (before.show if same else ()),
            "by": new.by or (before.by if same and not counts else ""),
            "sort": new.sort or (before.sort if same else ""),
            "first": new.first or (before.first if same and not counts else None),
        }
    )
    return Reading(query, tuple(dict.fromkeys(said.unused)))


def _holds(found: Register, one: Condition, today: date) -> bool:
    """Whether a condition can be put to another register too."""
    try:
        RegisterQuery(entity=found.name, where=(one,), today=today)
    except ValueError:
        return False
    return True


__all__ = ["Reading", "Unclear", "parse"]
