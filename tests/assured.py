"""Plants of plain rows for the rules of assurance: a row holds what its register's table holds, empty where nothing is said."""

from datetime import date
from typing import Any

from assistant.assurance.plant import Plant, row_of
from knowledge.registers import REGISTERS
from knowledge.registers.columns import Kind
from knowledge.registers.derived import RULES, STANDARD, Context

TODAY = date(2026, 5, 4)


def a_row(register: str, id_: str, /, **values: Any) -> Any:
    """A row of a register with the values given; what is worked out of it alone is worked out."""
    found = REGISTERS[register]
    empty: dict[str, Any] = {
        column.name: [] if column.listed else None if column.kind in (Kind.COMPUTED,) or column.version else _empty(found, column.name)
        for column in found.columns
    }
    row = row_of(found, {**empty, found.id_name: id_, **values})
    for column in found.columns:
        rule = RULES.get((found.name, column.name))
        if rule and rule.of and column.name not in values:
            setattr(row, column.name, rule.of(row, Context(STANDARD, TODAY)))
    return row


def a_plant_of(today: date = TODAY, **registers: list[Any]) -> Plant:
    """A plant that holds these rows and nothing else."""
    return Plant(lambda name: registers.get(name, []), Context(STANDARD, today))


def _empty(found: Any, name: str) -> Any:
    return found.model.model_fields[name].get_default(call_default_factory=True)
