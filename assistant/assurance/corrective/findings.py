"""Findings: proposed from whatever was seen, accepted by a person, and held against those of the last years.

The assistant, a rule or anybody on the shop floor proposes; who may decide accepts, edits or rejects. A finding whose grade asks for it gets its first
corrective action at once, due by the days of the risk method.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import and_, or_
from sqlmodel import Session, col, select

from assistant import addresses
from assistant.assurance.corrective import life
from assistant.assurance.corrective.actions import Missing
from assistant.assurance.seen import Seen
from knowledge import controls, language
from knowledge.errors import NoSuchRow
from knowledge.registers import CorrectiveAction, Finding, Proposal, derived, queries, rights
from knowledge.registers.derived import Context
from knowledge.registers.descriptions import REGISTERS
from knowledge.registers.records import Records
from knowledge.registers.rights import Actor
from knowledge.registers.values import control_label

FINDING = "finding"
YEARS_BACK = 3
"""A certification cycle: what came back within it came back although somebody had promised an auditor that it would not."""
_ALIKE = 0.34
"""Share of the words of two titles and gaps that are the same, from which on they are alike: a third, as two sentences about one thing in other words have."""
_LEAST_WORDS = 4


@dataclass(frozen=True)
class Repeat:
    """An earlier finding that a new one repeats, and by what: `same` names them (`A.5.18`, `S-001`, `words`)."""

    finding: Any
    same: tuple[str, ...]


@dataclass(frozen=True)
class Repeats:
    """Earlier findings of the same kind; a minor among them that comes again is a candidate for a major, which a person decides."""

    found: tuple[Repeat, ...]
    candidate: bool


# --- what a finding must say ----------------------------------------------------------------------------------------

_DAY = re.compile(
    r"\b\d{4}-\d\d-\d\d\b|\b\d{1,2}\.\s?\d{1,2}\.|\b\d{1,2}\.? (?:jan|feb|mar|mär|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)\w*"
    r"|\b(?:on the day|am tag|today|heute|yesterday|gestern|weeks?|wochen?|months?|monate?n?|quarter|quartal|days?|tage?n?|20\d\d)\b",
    re.IGNORECASE,
)
_COUNT = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|all|none|no|each|every|both|ein\w*|zwei|drei|vier|fünf|alle|kein\w*|jede\w*)\b",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"\b(?:in|at|on|of|im|am|an|bei|auf|aus)\s+(?:the |der |dem |den )?[\w-]*[A-ZÄÖÜ\d][\w-]*|\b[A-Z]{1,6}-\d+|\b(?:hall|line|cell|room|cabinet|halle|linie|zelle|raum|schrank)\b"
)


def weak(requirement: Sequence[str], evidence_seen: str, gap: str, title: str = "", placed: bool = False) -> list[Missing]:
    """What the text of a finding lacks to stand before an auditor; `placed` says that a site, asset or supplier is named beside it."""
    found = []
    if not requirement:
        found.append(
            Missing(
                "requirement",
                "name the clause or control that is not met, such as A.5.18",
                "nennen Sie das Kapitel oder Control, das nicht erfüllt ist, etwa A.5.18",
            )
        )
    elif unknown := [one for one in requirement if not _known(one)]:
        found.append(
            Missing(
                "requirement",
                f"{unknown[0]} is no clause or control that is known here",
                f"{unknown[0]} ist kein bekanntes Kapitel oder Control",
            )
        )
    if _words(evidence_seen) < _LEAST_WORDS:
        found.append(
            Missing(
                "evidence_seen",
                "say what was looked at: which records, systems or people",
                "sagen Sie, was angesehen wurde: welche Aufzeichnungen, Systeme oder Personen",
            )
        )
    else:
        if not placed and not _PLACE.search(evidence_seen):
            found.append(
                Missing("evidence_seen", "say where: site, line, system or document", "sagen Sie wo: Standort, Linie, System oder Dokument")
            )
        if not _DAY.search(evidence_seen):
            found.append(Missing("evidence_seen", "say when it was seen", "sagen Sie, wann es gesehen wurde"))
        if not _COUNT.search(_DAY.sub(" ", evidence_seen)):
            found.append(
                Missing(
                    "evidence_seen",
                    "say how many of how many, such as 3 of 10 sampled leavers",
                    "sagen Sie, wie viele von wie vielen, etwa 3 von 10 geprüften Austritten",
                )
            )
    if _words(gap) < _LEAST_WORDS or gap.strip().casefold() in (title.strip().casefold(), evidence_seen.strip().casefold()):
        found.append(
            Missing(
                "gap",
                "say in a sentence what the requirement asks for and what is different here",
                "sagen Sie in einem Satz, was verlangt ist und was hier anders ist",
            )
        )
    return found  # fmt: skip


def weak_seen(seen: Seen) -> list[Missing]:
    """The same for what was seen."""
    return weak(seen.requirement, seen.evidence_seen, seen.gap, seen.title, bool(seen.site or seen.asset or seen.supplier))


def weak_payload(values: Mapping[str, Any]) -> list[Missing]:
    """The same for the values of a proposal."""
    requirement = values.get("requirement") or ()
    placed = bool(values.get("site") or values.get("asset") or values.get("supplier"))
    asked = requirement.split("|") if isinstance(requirement, str) else requirement
    evidence_seen, gap, title = (str(values.get(name) or "") for name in ("evidence_seen", "gap", "title"))
    return weak(asked, evidence_seen, gap, title, placed)


def weak_row(session: Session, actor: Actor, finding: Any) -> list[Missing]:
    """The same for a finding that is recorded."""
    requirement = queries.values(session, actor, finding)["requirement"]
    return weak(requirement, finding.evidence_seen, finding.gap, finding.title, bool(finding.site or finding.asset or finding.supplier))


def _known(requirement: str) -> bool:
    catalogue = controls.catalogue()
    frameworks = REGISTERS[FINDING].by_name["requirement"].frameworks
    return catalogue.by_source(requirement) is not None or any(catalogue.look_up(requirement, one) for one in frameworks)


def _words(text: str) -> int:
    return len(re.findall(r"\w+", text))


# --- proposing and accepting ----------------------------------------------------------------------------------------


def propose(book: Records, seen: Seen) -> Proposal:
    """The open proposal of a finding; the one that there is already where the same was proposed before. Raises NotAllowed, RowRefused.

    What a rule sees is proposed by the product itself (`INSTALLATION`): whoever proposes does not decide.
    """
    rights.demand(book.actor, "propose", FINDING)
    if known := _open_proposal(book, seen):
        return known
    lacking = "; ".join(one.en for one in weak_seen(seen))
    reason = "Seen, and proposed as a finding." + (f" Before it is accepted: {lacking}." if lacking else "")
    sources: list[dict[str, Any]] = [{"origin": seen.key}]
    sources += [
        {"source_id": one, "kind": "row" if one.startswith("row:") else "source", "url": addresses.source(one)} for one in seen.sources
    ]
    made: Proposal = book.propose(
        FINDING, "create", _values(seen, book.now.date()), title=seen.title, reason=reason, provenance={"sources": sources}
    )
    return made


def raise_(book: Records, seen: Seen) -> tuple[str, str]:
    """(register, id) of what became of it: a finding where the actor may record one, with its first action where they may; else a proposal.

    A finding of the same origin that is open is the same. Raises NotAllowed, RowRefused.
    """
    if not rights.may(book.actor, "create", FINDING):
        return "proposal", str(propose(book, seen).id)
    if seen.origin and (known := open_finding(book, seen.origin)):
        return FINDING, known
    made = book.create(FINDING, _values(seen, book.now.date()), {"source": seen.origin} if seen.origin else None)
    first_action(book, made)
    return FINDING, str(made.id)


def proposals(session: Session, actor: Actor) -> list[Proposal]:
    """Open proposals of findings that the actor may read, newest first."""
    order = col(Proposal.created_at).desc()
    return queries.rows(
        session, actor, "proposal", Proposal.register_name == FINDING, Proposal.action == "create", Proposal.state == "open", order=order
    )


def proposal(session: Session, actor: Actor, id_: str) -> Proposal:
    """The proposal of a finding. Raises NoSuchRow, also for a proposal of something else."""
    found: Proposal = queries.get(session, actor, "proposal", id_)
    if found.register_name != FINDING or found.action != "create":
        raise NoSuchRow("proposal", id_)
    return found


def first_action(book: Records, finding: Any) -> CorrectiveAction | None:
    """The action that a finding of its grade asks for; None where it asks for none, or the actor may not begin one."""
    if finding.grade not in life.DEMANDING or not rights.may(book.actor, "create", life.ACTION):
        return None
    return life.start(book, finding)


def _open_proposal(book: Records, seen: Seen) -> Proposal | None:
    """The proposal with that origin that is open, or became a finding that stands: what is seen twice is not proposed twice.

    It counts where its readers are those of what was seen: nobody keeps a finding from them by proposing it for their own eyes first.
    """
    book.flush()
    wanted = select(Proposal).where(
        Proposal.register_name == FINDING, Proposal.action == "create", col(Proposal.state).in_(("open", "accepted"))
    )
    rows = book.session.exec(wanted.order_by(col(Proposal.created_at))).all()
    same = [row for row in rows if any(isinstance(one, Mapping) and one.get("origin") == seen.key for one in row.sources)]
    product = book.actor.role == rights.INSTALLATION.role
    mine = [row for row in same if (row.audience == seen.audience if product else row.audience in book.actor.audiences)]
    return next((row for row in mine if row.state == "open" or _stands(book.session, row.row_id)), None)


def open_finding(book: Records, origin: str) -> str:
    """The id of the finding with that origin that is open and for the actor's eyes; empty where there is none."""
    book.flush()
    rows = queries.rows(book.session, book.actor, FINDING, Finding.source == origin)
    return next((row.id for row in rows if _stands(book.session, row.id)), "")


def _stands(session: Session, finding: str) -> bool:
    """Whether a finding is open, or nobody has decided about it yet: an observation needs no action, and is not seen anew each day for that."""
    condition = derived.expression(FINDING, "open", Context(derived.STANDARD, date.min))
    acted = select(CorrectiveAction.id).where(CorrectiveAction.finding == Finding.id, col(CorrectiveAction.retired_at).is_(None)).exists()
    waits = or_(condition, and_(col(Finding.decision) == "", ~acted))
    return session.exec(select(Finding.id).where(Finding.id == finding, col(Finding.retired_at).is_(None), waits)).first() is not None


def _values(seen: Seen, today: date) -> dict[str, Any]:
    given = {
        "title": seen.title,
        "grade": seen.grade_hint,
        "requirement": list(seen.requirement),
        "evidence_seen": seen.evidence_seen,
        "gap": seen.gap,
        "reported_on": today.isoformat(),
        "audience": seen.audience,
        **{name: getattr(seen, name) for name in ("audit", "site", "asset", "supplier", "incident", "owner")},
    }
    return {name: value for name, value in given.items() if value}


# --- repeats --------------------------------------------------------------------------------------------------------


def repeats(finding: Any, requirement: Iterable[str], others: Iterable[tuple[Any, Iterable[str]]], today: date) -> Repeats:
    """Earlier findings with the same requirement, and the same asset or site or alike in words, of the last three years, newest first.

    `others` are findings with their requirements; `today` counts for a finding that is not recorded yet.
    """
    asked, when = set(requirement), finding.reported_on or today
    found = []
    for other, theirs in others:
        if other.id == finding.id or not (asked & set(theirs)) or not _within(other.reported_on, when):
            continue
        same = [name for name in ("asset", "site") if getattr(finding, name) and getattr(finding, name) == getattr(other, name)]
        marks = [str(getattr(other, name)) for name in same] + (["words"] if alike(finding, other) else [])
        if marks:
            found.append(Repeat(other, (*sorted(asked & set(theirs)), *marks)))
    found.sort(key=lambda one: one.finding.reported_on, reverse=True)
    candidate = finding.grade == "minor" and any(one.finding.grade in ("minor", "major") for one in found)
    return Repeats(tuple(found), candidate)


def repeats_of(session: Session, actor: Actor, finding: Any, requirement: Sequence[str], context: Context) -> Repeats:
    """The same among the findings that the actor may read."""
    rows = queries.rows(session, actor, FINDING)
    values = queries.linked(session, actor, REGISTERS[FINDING], [row.id for row in rows])
    asked = {id_: [control_label(one) for one in lists.get("requirement", [])] for id_, lists in values.items()}
    own = asked[finding.id] if finding.id in asked else [control_label(_source(one)) for one in requirement]
    return repeats(finding, own, [(row, asked[row.id]) for row in rows], context.today)


def alike(one: Any, other: Any) -> bool:
    """Whether two findings use much the same words in title and gap."""
    first, second = (_stems(f"{row.title} {row.gap}") for row in (one, other))
    return bool(first and second) and len(first & second) / len(first | second) >= _ALIKE


def _stems(text: str) -> set[str]:
    return set(language.stems(text, language.language_of(text)))


def _source(requirement: str) -> str:
    """The id under which a requirement is linked."""
    catalogue = controls.catalogue()
    if named := catalogue.by_source(requirement):
        return named.source_id
    frameworks = REGISTERS[FINDING].by_name["requirement"].frameworks
    return next((found[0].source_id for one in frameworks if (found := catalogue.look_up(requirement, one))), requirement)


def _within(reported: date | None, when: date) -> bool:
    return reported is not None and when - timedelta(days=365 * YEARS_BACK) <= reported <= when


def actions_of(session: Session, actor: Actor, id_: str) -> list[CorrectiveAction]:
    """The corrective actions of a finding that the actor may read, by id."""
    return queries.rows(session, actor, life.ACTION, CorrectiveAction.finding == id_)
