"""What an instruction for a section asks for, as far as rules can follow it: an answer, other rows or columns, another subject, fresh figures.

An instruction is followed whole or not at all: what is left of it is told to whoever gave it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from assistant.drafting import open_points
from assistant.drafting.filling import Shape
from assistant.drafting.open_points import OpenPoint
from knowledge.errors import Problem, RowRefused
from knowledge.registers import REGISTERS

_CLAUSES = re.compile(r"\s*(?:;|\n|(?<=[a-zäöüß)])\.\s|(?<=[a-zäöüß)])\.$)\s*")
_POLITE = re.compile(r"^(?:please|bitte),?\s+|,?\s+(?:please|bitte)[.!]?$", re.IGNORECASE)
_SUBJECT = re.compile(
    r"^(?:redraft |write |draft |do )?(?:it |this )?(?:for|für|about|über)\s+(?:[\w ]{1,30}\s)?([A-Z]{1,4}(?:-\d{1,9}){1,2})$",
    re.IGNORECASE,
)
_ROWS = re.compile(
    r"^(?:(?:shorten|cut|reduce|kürzen?|kürze)\b.{0,40}?\b(?:to|auf)|(?:list |show |with |mit )?(?:only|just|at most|no more than|nur|höchstens|maximal)|(?:the )?(?:first|top|highest|ersten|obersten))?"
    r"\s*(?:the |die )?(?:first |top |highest |ersten |obersten |höchsten )?(\d{1,3})\s*(?:rows?|lines?|entries|items?|risks?|zeilen?|einträge|risiken)?$",
    re.IGNORECASE,
)
_SHORTER = re.compile(
    r"^(?:a )?(?:shorter|kürzere?r?) (?:list|table|liste|tabelle)$|^shorten the (?:list|table)$|^(?:die )?(?:liste|tabelle) kürzen$",
    re.IGNORECASE,
)
_LONGER = re.compile(
    r"^(?:a |the |die )?(?:longer|whole|full|complete|längere|ganze|vollständige) (?:list|table|liste|tabelle)$|^(?:all|every|alle) (?:rows?|lines?|entries|zeilen|einträge)$",
    re.IGNORECASE,
)
_COLUMNS = re.compile(r"^(with|add|without|drop|omit|mit|ohne)\s+(?:the |a |die |der )?(?:columns?|spalten?)\s+(.+)$", re.IGNORECASE)
_AGAIN = re.compile(
    r"^(?:bring (?:it|this) )?(?:up to date|from the registers(?: again)?|refresh(?: it| the figures)?|as of today|again|neu aus den registern|aktualisieren|auf heutigem stand|noch einmal)$",
    re.IGNORECASE,
)
_FEW = 5


@dataclass(frozen=True)
class Order:
    """What rules do to a section: answers by the number of their question, how tables are cut, for which row, whether it is filled again."""

    answers: Mapping[int, str] = field(default_factory=dict)
    shape: Shape = field(default_factory=Shape)
    subject: str = ""
    fills: bool = False


def read(instruction: str, points: Mapping[int, OpenPoint], about: str) -> Order | None:
    """What rules can follow, or None where any part of the instruction is beyond them.

    `points` are the open questions of the section by number, `about` the register whose rows its type may be for. Raises RowRefused
    where two questions may be meant, and for a subject that the type does not have.
    """
    order = Order()
    for clause in filter(None, (_POLITE.sub("", part.strip()).rstrip(".! ") for part in _CLAUSES.split(instruction))):
        followed = _of_table(clause, order) or _of_subject(clause, order, about) or _of_question(clause, order, points)
        if followed is None:
            return None
        order = followed
    return order if order != Order() else None


def _of_table(clause: str, order: Order) -> Order | None:
    if _AGAIN.match(clause):
        return replace(order, fills=True)
    if _LONGER.match(clause):
        return replace(order, fills=True, shape=replace(order.shape, rows=Shape().rows))
    if (match := _ROWS.match(clause)) and int(match[1]):
        return replace(order, fills=True, shape=replace(order.shape, rows=int(match[1])))
    if _SHORTER.match(clause):
        return replace(order, fills=True, shape=replace(order.shape, rows=_FEW))
    if match := _COLUMNS.match(clause):
        names = tuple(part.strip() for part in re.split(r",|\band\b|\bund\b", match[2]) if part.strip())
        shape = replace(order.shape, more=names) if match[1].lower() in ("with", "add", "mit") else replace(order.shape, less=names)
        return replace(order, fills=True, shape=shape)
    return None


def _of_subject(clause: str, order: Order, about: str) -> Order | None:
    match = _SUBJECT.match(clause)
    if match is None:
        return None
    id_ = match[1].upper()
    if not about or REGISTERS[about].about.prefix != id_.partition("-")[0]:
        what = f"one {REGISTERS[about].words.label()}" if about else "the whole company"
        raise RowRefused([Problem("document", "", "instruction", id_, f"a document of this type is for {what}, not for {id_}")])
    return replace(order, fills=True, subject=id_)


def _of_question(clause: str, order: Order, points: Mapping[int, OpenPoint]) -> Order | None:
    numbers, text = open_points.meant(clause, points)
    if not numbers or not text:
        return None
    if len(numbers) > 1:
        told = "; ".join(f"{number}: {points[number].question}" for number in numbers)
        raise RowRefused([Problem("document", "", "instruction", clause, f"say by its number which question that answers: {told}")])
    return replace(order, answers={**order.answers, numbers[0]: text})
