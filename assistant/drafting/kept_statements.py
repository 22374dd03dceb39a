"""The Statement of Applicability and the risk treatment plan as documents: kept as a version, compared with the last approved one, accepted by risk owners.

What the registers said when a version was kept stands beside its text. Sources: ISO/IEC 27001:2022, 6.1.3 d to f, 7.5, 8.3.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlmodel import Session, col, select

from assistant.drafting import life, statements
from assistant.drafting.documents import Draft
from assistant.drafting.life import Version
from assistant.drafting.marks import one_line, table
from assistant.drafting.statements import Registers, SoaChange, SoaRow
from knowledge.errors import BadKnowledge, NotAllowed, Problem, RowRefused
from knowledge.registers import DocumentText, DocumentVersion, Risk, queries
from knowledge.registers.records import Records
from knowledge.registers.rights import Actor
from knowledge.registers.rules import judged_state

TYPES = {"soa": "statement-of-applicability", "plan": "risk-treatment-plan"}
"""Statements that are kept as documents, and the types that they are drafted from."""


@dataclass(frozen=True)
class Acceptance:
    """Whether the owner of a risk has approved its line of a plan and accepts what remains; `state` says why not."""

    risk: str
    name: str
    owner: str
    owner_id: str
    residual_score: int | None
    state: str
    accepted_on: str = ""
    expires: str = ""

    @property
    def stands(self) -> bool:
        """Accepted by its owner, in the state that the plan shows, and not run out."""
        return self.state == "accepted"


def type_of(name: str) -> str:
    """The type of document of a statement. Raises BadKnowledge for one that is not kept as a document."""
    if name not in TYPES:
        raise BadKnowledge(f"{name}: it is worked out anew each time and not kept as a document; these are: {', '.join(TYPES)}.")
    return TYPES[name]


def number_of(session: Session, name: str) -> str:
    """The number of the document that a statement was kept as before; empty for none."""
    kept = select(DocumentVersion.number).join(DocumentText, col(DocumentText.version_id) == DocumentVersion.id)
    mine = kept.where(col(DocumentText.draft)["type"].as_string() == type_of(name)).order_by(col(DocumentVersion.id).desc())
    return session.exec(mine).first() or ""


def last_approved(session: Session, actor: Actor, name: str) -> tuple[str, list[dict[str, Any]]]:
    """(number and version, rows) of the last approved version of a statement that the actor may read; empty for none."""
    number = number_of(session, name)
    if not number or not queries.visible_ids(session, actor, "document", [number]):
        return "", []
    for version in life.versions(session, actor, number):
        text = session.get(DocumentText, version.id)
        if text and text.approved_at and (statement := text.draft.get("statement")):
            return f"{number} {version.version} of {version.approved_on}", list(statement["rows"])
    return "", []


def answers_for(registers: Registers, name: str, number: str) -> dict[str, str]:
    """What the registers know of the questions of a statement's type."""
    if name != "soa":
        return {}
    since, before = last_approved(registers.session, registers.actor, name)
    changed = statements.changes(before, statements.statement_of_applicability(registers)) if since else []
    told = f"{len(changed)} changes since {since}, listed in appendix C" if since else "no approved version before this one"
    version = life.next_version(registers.session, number) if number else "1.0"
    return {"edition": f"version {version}; {_certified(registers)}; {told}"}


def _certified(registers: Registers) -> str:
    rows = [row for row in registers.rows("certificate") if "27001" in str(row["standard"]) and not row["suspended"]]
    named = [f"certificate {row['number'] or row['id']} names version {row['soa_version'] or '(none)'}" for row in rows]
    return ", ".join(named) or "no certificate is recorded"


def kept(draft: Draft, registers: Registers, name: str) -> Draft:
    """The draft with what its statement says now, to be compared later, and with its appendices."""
    if name == "plan":
        rows = [_line(registers, row.risk) for row in statements.treatment_plan(registers)]
        return replace(draft, statement={"name": name, "rows": rows})
    soa = statements.statement_of_applicability(registers)
    since, before = last_approved(registers.session, registers.actor, name)
    text = f"{draft.text.rstrip()}\n\n{_appendices(soa, statements.changes(before, soa) if since else [], since)}\n"
    return replace(draft, text=text, statement={"name": name, "rows": [row.as_plain() for row in soa]})


def _line(registers: Registers, id_: str) -> dict[str, Any]:
    risk = queries.get(registers.session, registers.actor, "risk", id_)
    return {"risk": id_, "owner": risk.owner or "", "state": judged_state(risk)}


def _appendices(soa: Sequence[SoaRow], changed: Sequence[SoaChange], since: str) -> str:
    yes = {True: "yes", False: "no", None: "undecided"}
    why = [
        [row.control, row.title, yes[row.applicable], row.justification, ", ".join(row.reasons), row.exclusion_reason or row.how]
        for row in soa
    ]
    left = [row for row in soa if row.problems or row.status in ("not started", "planned", "partly")]
    open_ = [[row.control, row.status, "; ".join(row.problems), row.owner, str(row.due_date or "")] for row in left]
    what = [[one.control, one.field.replace("_", " "), one.before, one.after] for one in changed]
    compared = f"Compared with {since}." if since else "There is no approved version before this one."
    return "\n\n".join(
        [
            "## Appendix A: full justifications",
            _told(["Control", "Title", "Applies", "Reason", "Risks and duties", "Means, or why it is left out"], why),
            "## Appendix B: open remediation",
            _told(["Control", "Status", "What is open", "Owner", "Due"], open_) if open_ else "Nothing is open.",
            "## Appendix C: changes since the last approved version",
            compared,
            *([_told(["Control", "What", "Before", "Now"], what)] if what else ["No control differs."] if since else []),
        ]
    )


def _told(heads: list[str], lines: list[list[str]]) -> str:
    return table(heads, [[one_line(cell) for cell in line] for line in lines])


# --- the owners' approval of a plan ---------------------------------------------------------------------------------------


def acceptances(registers: Registers, draft: Mapping[str, Any]) -> list[Acceptance]:
    """Who has and who has not accepted their lines of a kept plan, as of now, for risks that the actor may see; empty for another document."""
    statement = draft.get("statement") or {}
    if statement.get("name") != "plan":
        return []
    values = {row["id"]: row for row in registers.rows("risk")}
    risks = {risk.id: risk for risk in queries.rows(registers.session, registers.actor, "risk")}
    return [
        _acceptance(registers, values[line["risk"]], judged_state(risks[line["risk"]]) == line["state"])
        for line in statement["rows"]
        if line["risk"] in values
    ]


def _acceptance(registers: Registers, row: Mapping[str, Any], as_planned: bool) -> Acceptance:
    owner = str(row["owner"] or "")
    states = {"valid": "accepted", "void": "void, the risk has changed since", "expired": "expired"}
    state = states.get(str(row["acceptance"]), "not accepted")
    if not owner:
        state = "nobody owns the risk"
    elif not as_planned:
        state = "the risk has changed since this plan was drafted"
    elif state == "accepted" and row["accepted_by"] != owner:
        state = f"accepted by {registers.name(row['accepted_by'])}, who does not own the risk"
    left = row["residual_score"] or row["current_score"]
    accepted, expires = str(row["accepted_at"] or "")[:10], str(row["acceptance_expires"] or "")
    return Acceptance(row["id"], row["name"], registers.name(owner), owner, left, state, accepted, expires)


def accept(book: Records, found: Version, lines: Sequence[Acceptance], expires: Any, risks: Collection[str] = ()) -> list[str]:
    """Ids of the risks that their owner, the actor, has now accepted as a plan shows them, until `expires`: those named, else all that wait.

    Raises NotAllowed for a risk of somebody else, RowRefused where nothing waits and where a risk has changed since.
    """
    number = found.document.number
    mine = [line for line in lines if line.owner_id and line.owner_id == book.actor.person_id]
    if others := sorted(set(risks) - {line.risk for line in mine}):
        raise NotAllowed(f"document {number}: {', '.join(others)} is not yours to accept; its owner does.")
    waiting = [line for line in mine if not line.stands and (not risks or line.risk in risks)]
    if not waiting:
        raise RowRefused([Problem("document", number, "risks", "", "nothing of yours waits to be accepted in this plan")])
    if changed := [line.risk for line in waiting if "since this plan" in line.state]:
        reason = f"{', '.join(changed)} changed since this plan was drafted; draft the plan again first"
        raise RowRefused([Problem("document", number, "risks", "", reason)])
    for line in waiting:
        seen = book.session.get_one(Risk, line.risk).revision  # of this transaction, like the lines
        book.accept_risk(line.risk, expires, f"with plan {number} {found.version.version}", seen)
    return [line.risk for line in waiting]


def as_plain(lines: Sequence[Acceptance]) -> list[dict[str, Any]]:
    """The acceptances as JSON can carry them."""
    return [asdict(line) for line in lines]
