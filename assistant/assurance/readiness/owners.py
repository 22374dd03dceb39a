"""Who should act on a check: whoever owns the row, else whoever holds the office; where nobody does, the office is named and nobody invented."""

from dataclasses import dataclass

from sqlalchemy import func

from assistant.assurance.readiness.check import Both, Check, Outcome
from assistant.assurance.readiness.look import Look, gone


@dataclass(frozen=True)
class Owner:
    """A person with the reason why it is theirs; without a person, `why` names the office that has to be filled."""

    person_id: str | None
    name: str
    why: Both


def proposed(look: Look, check: Check, outcome: Outcome) -> Owner:
    """The owner of the first row that falls short, else of the first row at all, else the holder of the office that the check names."""
    ranked = sorted(outcome.proof, key=lambda part: part.kind == "good")
    for part in ranked:
        if part.owner and (name := _names(look).get(part.owner)):
            return Owner(part.owner, name, Both(f"owns {part.id}", f"verantwortet {part.id}"))
    return _holder(look, check.role)


def _holder(look: Look, role: str) -> Owner:
    if role not in (known := look.kept.setdefault("holders", {})):
        known[role] = _find(look, role)
    found: Owner = known[role]
    return found


def _find(look: Look, role: str) -> Owner:
    office = look.of("governance_role")
    held = look.first("governance_role", func.lower(office.name).contains(role.lower()), office.owner.is_not(None))
    if held and (name := _names(look).get(held.owner)):
        return Owner(held.owner, name, Both(f"holds the office {held.name} ({held.id})", f"hat das Amt {held.name} ({held.id})"))
    people = look.of("person")
    by_office = {
        "ISMS manager": people.role == "isms_manager",
        "Plant manager": people.plant_manager.is_(True),
        "Internal auditor": people.role == "auditor",
    }
    person = look.first("person", by_office[role]) if role in by_office else None
    if person:
        return Owner(person.id, person.name, Both(role, role))
    return Owner(None, "", Both(f"to be named: {role}", f"zu benennen: {role}"))


def _names(look: Look) -> dict[str, str]:
    """Name of each person who is here and whom the actor may see."""
    if "names" not in look.kept:
        people = look.of("person")
        look.kept["names"] = {row.id: row.name for row in look.rows("person", ~gone(people.department), limit=100_000)}
    names: dict[str, str] = look.kept["names"]
    return names
