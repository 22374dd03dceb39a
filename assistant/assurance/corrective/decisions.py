"""Proposals, decided: what follows from accepting one of a finding, or of a later due day of a corrective action."""

from collections.abc import Mapping
from typing import Any

from assistant.assurance.corrective import findings, life
from knowledge.errors import NoSuchRow
from knowledge.registers import CorrectiveAction, Proposal
from knowledge.registers.records import Records


def decide(book: Records, proposal_id: str, accept: bool, reason: str = "", given: Mapping[str, Any] | None = None) -> Proposal:
    """The proposal, decided by the actor; `given` stands in place of what was proposed. Raises as `Records.decide` and `life.extend`.

    An accepted finding has its first action where its grade asks for one; an accepted later due day is an extension, approved by whoever accepts.
    """
    proposal = book.session.get(Proposal, proposal_id)
    values = dict(given if given is not None else proposal.payload if proposal else {})
    if accept and proposal and proposal.state == "open" and _is_extension(book, proposal, values):
        due = values.pop("due_date")
        decided: Proposal = book.decide(proposal_id, True, reason, values)
        life.extend(book, proposal.row_id, due, "; ".join(part for part in (proposal.reason, reason.strip()) if part))
        return decided
    decided = book.decide(proposal_id, accept, reason, given)
    if accept and decided.register_name == findings.FINDING and decided.action == "create":
        findings.first_action(book, book.expect(findings.FINDING, [decided.row_id])[decided.row_id])
    return decided


def ask_extension(book: Records, id_: str, due_date: str, reason: str) -> Proposal:
    """The proposal of a later due day, for somebody other than the owner to approve. Raises RowRefused, NotAllowed, NoSuchRow."""
    action = book.session.get(CorrectiveAction, id_)
    if action is None:
        raise NoSuchRow(life.ACTION, id_)
    title = f"{id_}: due on {due_date}" + (f" instead of {action.due_date}" if action.due_date else "")
    made: Proposal = book.propose(life.ACTION, "change", {"due_date": due_date}, id_, title=title, reason=reason.strip())
    return made


def _is_extension(book: Records, proposal: Proposal, values: Mapping[str, Any]) -> bool:
    if proposal.register_name != life.ACTION or proposal.action != "change" or not values.get("due_date"):
        return False
    action = book.session.get(CorrectiveAction, proposal.row_id)
    due = str(values["due_date"])
    return action is not None and action.due_date is not None and due > action.due_date.isoformat()
