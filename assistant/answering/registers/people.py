"""Who: the asker, a person who is named, nobody, and by whom something was done."""

from assistant.answering.registers.phrases import Item, tokens_of
from assistant.answering.registers.query import Condition
from assistant.answering.registers.said import Said
from assistant.answering.registers.vocabulary import fillers
from knowledge.registers.columns import Column, Kind

_OWNERS = ("owner", "author", "holder", "reporter")


def me(said: Said) -> bool:
    """Take it that the asker stands in the column that was named, or owns the rows; False where no column names a person."""
    said.flush_unless(Kind.PERSON)
    column = said.pending or next((said.found.by_name[name] for name in _OWNERS if name in said.found.by_name), None)
    if column is None or column.kind is not Kind.PERSON:
        return False
    if said.actor.person_id is None:
        said.stranger = True
        return True
    said.add(Condition(field=column.name, operator="not" if said.negator else "is", values=(said.actor.person_id,)))
    said.pending, said.negator = None, ""
    return True


def person(said: Said, item: Item) -> bool:
    """Take it that the rows are those of a person who is named; False where no column says whose they are."""
    name = next((name for name in ("owner", "author", "holder", "auditor") if name in said.found.by_name), "")
    if not name:
        return False
    if said.found.by_name[name].kind is not Kind.PERSON:
        return in_text(said, said.found.by_name[name], item)
    said.add(Condition(field=name, operator="not" if said.negator else "is", values=item.row.values))
    said.negator = ""
    return True


def in_text(said: Said, column: Column, item: Item) -> bool:
    """Take a person whom a column of text names, by name or e-mail."""
    values = tuple(dict.fromkeys((item.text, *said.names.called(item.row))))
    said.add(Condition(field=column.name, operator="not" if said.negator else "contains", values=values))
    said.negator, said.having = "", False
    return True


def nobody(said: Said) -> bool:
    """Take it that no person stands in the column that was named, or no owner."""
    owner = said.pending or next((said.found.by_name[name] for name in _OWNERS if name in said.found.by_name), None)
    if owner is None or owner.kind is not Kind.PERSON:
        return False
    said.add(Condition(field=owner.name, operator="empty"))
    said.pending, said.negator = None, ""
    return True


def deed(said: Said, item: Item) -> bool:
    """Take it that somebody did it: `approved by Mira`, `von Mira freigegeben`."""
    names = [name for sense in item.of("cue") for name in sense.values if sense.column == "deed" and name in said.found.by_name]
    place = said.items.index(item)
    following = [one for one in said.items[place + 1 : place + 3] if not one.cue("groups")]
    if names and following and _is_somebody(following[0]):
        said.flush()
        said.pending = said.found.by_name[names[0]]
        return True
    last = said.where[-1] if said.where else None
    if names and place and last and _is_somebody(said.items[place - 1]) and last.field in _OWNERS:
        said.where[-1] = last.model_copy(update={"field": names[0]})
        return True
    return all(sense.what == "cue" for sense in item.senses) and fillers().issuperset(tokens_of(item.text))


def _is_somebody(item: Item) -> bool:
    """Whether it names a person, or says `me`."""
    return item.cue("me") or (bool(item.of("row")) and item.row.register == "person")
