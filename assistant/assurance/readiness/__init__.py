"""Readiness: the guide's checklist, its common findings and what a lead auditor opens with, each asked of the registers.

Counts only; whether an audit is passed is for the certification body to say.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select
from sqlmodel import Session

from assistant.assurance.corrective import findings
from assistant.assurance.readiness.check import EFFORTS, WEIGHTS, Both, Check, Outcome, Proof, State, checks, groups
from assistant.assurance.readiness.look import Look, NotForYou, table
from assistant.assurance.readiness.owners import Owner, proposed
from assistant.assurance.readiness.sampled import covered, sampled
from assistant.assurance.seen import Seen
from assistant.identity import EVERYBODY, Asker
from knowledge.errors import NoSuchRow, NotAllowed, Problem, RowRefused
from knowledge.registers import Person, ReadinessAnswer, Store, journal, records
from knowledge.registers.derived import Context
from knowledge.registers.rights import INSTALLATION, Actor

__all__ = [
    "Both",
    "Check",
    "Gap",
    "Outcome",
    "Owner",
    "Proof",
    "Report",
    "Result",
    "answer",
    "checks",
    "groups",
    "propose",
    "run",
    "seen",
    "who_answers",
]

STATES: tuple[State, ...] = ("yes", "no", "not_checked")
NO_VERDICT = Both(
    "Counts, no verdict: whether an audit is passed is decided by the certification body. Of the rows that you may read.",
    "Zahlen, kein Urteil: ob ein Audit bestanden wird, entscheidet die Zertifizierungsstelle. Aus den Zeilen, die Sie lesen dürfen.",
)
ANSWER_DAYS = 365
"""How long a person's answer counts."""
_MAY_ANSWER = ("isms_manager",)
_OPEN = Asker(role="isms_manager", audiences=EVERYBODY)
"""Looks at what is for everybody, records of persons included."""
_LONGEST_PROOF = 2_000


@dataclass(frozen=True)
class Result:
    """A check, its outcome, and who should act on it; `may_answer` where a person may say what the registers
    cannot; `audience` are those who may read every row that a no names."""

    check: Check
    outcome: Outcome
    owner: Owner
    may_answer: bool = False
    audience: str = "staff"


class Gap(NamedTuple):
    """A result that is not yes; `next_audit` says that the next audit of the certification body samples it."""

    result: Result
    next_audit: bool


@dataclass(frozen=True)
class Report:
    """Every check that was asked, on one day; `audit` is the day of the next audit of the certification body."""

    as_of: date
    results: tuple[Result, ...]
    audit: date | None
    gaps: tuple[Gap, ...]

    def counts(self) -> dict[str, dict[State, int]]:
        """Group -> how many are yes, no, not checked."""
        names = dict.fromkeys(one.check.group for one in self.results)
        return {
            name: {state: sum(one.check.group == name and one.outcome.state == state for one in self.results) for state in STATES}
            for name in names
        }

    def total(self) -> dict[State, int]:
        """How many are yes, no, not checked in all."""
        return {state: sum(one.outcome.state == state for one in self.results) for state in STATES}


def run(session: Session, actor: Actor, context: Context, group: str = "") -> Report:
    """The state of every check, or of one group, over the rows that the actor may read. Raises NoSuchRow for a group that is not there."""
    if group and group not in groups():
        raise NoSuchRow("readiness group", group)
    look = Look(session, actor, context)
    said = _answers(session)
    asked = [one for one in checks().values() if not group or one.group == group]
    results = tuple(_result(look, one, said.get(one.name)) for one in asked)
    audit = look.next_audit()
    ids = covered(look, audit) if audit else frozenset()
    gaps = [Gap(one, bool(audit) and sampled(one.check, ids)) for one in results if one.outcome.state != "yes"]
    return Report(context.today, results, audit.start_date if audit else None, tuple(sorted(gaps, key=_weight)))


def ask(look: Look, check: Check) -> Outcome:
    """What the registers say to one check; not checked where they hold records that the actor may not read."""
    try:
        return check.ask(look)
    except NotForYou as error:
        en, de = error.found.words.plural(), error.found.words.plural("de")
        said = Both(f"{en} are read by the ISMS manager and auditors", f"{de} lesen ISMS-Verantwortliche und Auditoren")
        return Outcome("not_checked", said, withheld=True)


def who_answers(actor: Actor) -> str:
    """The id of the person who may answer checks. Raises NotAllowed for everybody but the ISMS manager, by name."""
    if actor.role not in _MAY_ANSWER or actor.person_id is None:
        raise NotAllowed("readiness: the ISMS manager answers, by name; sign in, or say who with --as.")
    return actor.person_id


def answer(store: Store, actor: Actor, name: str, given: str, proof: str, context: Context, now: datetime) -> ReadinessAnswer:
    """What a named person says to a check that the registers cannot tell, kept and written to the journal.

    Raises NotAllowed for anybody but the ISMS manager, NoSuchRow, RowRefused with what is wrong.
    """
    person_id = who_answers(actor)
    if name not in checks():
        raise NoSuchRow("readiness check", name)
    with store.write() as session:
        _refuse(name, given, proof, ask(Look(session, actor, context), checks()[name]).state)
        row = ReadinessAnswer(check_name=name, answer=given, proof=proof.strip(), person_id=person_id, answered_at=now)
        session.add(row)
        journal.append(session, [journal.Entry(person_id, "answer", f"readiness {name}", {"answer": given, "proof": proof.strip()})], now)
    return row


def propose(store: Store, actor: Actor, name: str, context: Context, now: datetime) -> str:
    """The id of the proposal of a finding from a check that is no; the open one where it was proposed before.

    It rests on what everybody may read, because everybody may read it. The product proposes, so that the ISMS manager may decide.
    Raises NotAllowed for anybody but the ISMS manager, NoSuchRow, RowRefused where it is not no.
    """
    who_answers(actor)
    if name not in checks():
        raise NoSuchRow("readiness check", name)
    with records.writing(store, INSTALLATION, now, "readiness") as book:
        result = _result(Look(book.session, _OPEN, context), checks()[name], _answers(book.session).get(name))
        if result.outcome.state != "no":
            how = "of the rows that everybody may read it is not no; raise the finding by hand, with readers of your choice"
            raise RowRefused([Problem("readiness", name, "state", result.outcome.state, how)])
        return str(findings.propose(book, seen(result, context.today)).id)


def seen(result: Result, as_of: date) -> Seen:
    """The facts of a finding that may be proposed from a check that is no."""
    check, outcome = result.check, result.outcome
    gaps = [part for part in outcome.proof if part.kind == "gap"]
    named = [f"{part.id}: {part.said.en}" if part.register else part.said.en for part in gaps] or [outcome.said.en]
    return Seen(
        title=check.gap.en,
        requirement=check.requirement,
        evidence_seen=f"In the registers on {as_of}, {max(outcome.short, 1)} of {max(outcome.rows, 1)} looked at: {'; '.join(named)}",
        gap=f"{check.question.en} What is named here shows that it is not so.",
        grade_hint=check.weight,
        sources=tuple(part.source for part in gaps if part.source),
        origin=f"readiness:{check.name}",
        owner=result.owner.person_id or "",
        audience=result.audience,
    )


def _result(look: Look, check: Check, said: tuple[ReadinessAnswer, str] | None) -> Result:
    outcome = ask(look, check)
    silent = outcome.state == "not_checked" and not outcome.withheld
    if silent and said is not None:
        outcome = _answered(outcome, *said, look.today)
    return Result(check, outcome, proposed(look, check, outcome), silent and look.actor.role in _MAY_ANSWER, _readers(look, outcome))


def _readers(look: Look, outcome: Outcome) -> str:
    """Who may read all that a no names: staff, or the label of the first row that is for fewer."""
    for part in outcome.proof if outcome.state == "no" else ():
        if part.register and (label := look.audience(part.register, part.id)) not in EVERYBODY:
            return label
    return "staff"


def _answered(outcome: Outcome, said: ReadinessAnswer, name: str, today: date) -> Outcome:
    """The outcome with a person's answer; one that is older than a year no longer counts, and is named."""
    day = said.answered_at.date()
    if day < today - timedelta(days=ANSWER_DAYS):
        old = Proof(
            "",
            said.check_name,
            Both(
                f"{name} said {said.answer} on {day}; that is over a year ago",
                f"{name} sagte am {day} {_DE[said.answer]}; das ist über ein Jahr her",
            ),
            "stale",
        )
        return replace(outcome, proof=(*outcome.proof, old))
    told = Both(f"{name}, {day}: {said.proof}", f"{name}, {day}: {said.proof}")
    kind = "good" if said.answer == "yes" else "gap"
    state: State = "yes" if said.answer == "yes" else "no"
    return replace(outcome, state=state, said=told, proof=(Proof("", said.check_name, told, kind), *outcome.proof), answered=True)


_DE = {"yes": "ja", "no": "nein"}


def _answers(session: Session) -> Mapping[str, tuple[ReadinessAnswer, str]]:
    """Check -> its latest answer and the name of who gave it."""
    answers, people = table(ReadinessAnswer).c, table(Person).c
    latest = select(func.max(answers.id)).group_by(answers.check_name)
    wanted = select(ReadinessAnswer, people.name).join(table(Person), people.id == answers.person_id).where(answers.id.in_(latest))
    return {row.check_name: (row, name) for row, name in session.execute(wanted)}


def _weight(gap: Gap) -> tuple[int, bool, int, bool, str]:
    """Major candidates first, then what the next audit samples, then the least effort; a no before what nobody has looked at."""
    check, outcome = gap.result.check, gap.result.outcome
    return WEIGHTS.index(check.weight), not gap.next_audit, EFFORTS.index(check.effort), outcome.state != "no", check.name


def _refuse(name: str, given: str, proof: str, state: State) -> None:
    problems = []
    if given not in _DE:
        problems.append(Problem("readiness", name, "answer", given, "write yes or no"))
    if not proof.strip():
        problems.append(Problem("readiness", name, "proof", "", "say what proves it: what was looked at, when, and where it lies"))
    if len(proof) > _LONGEST_PROOF:
        problems.append(Problem("readiness", name, "proof", "", f"it has {len(proof)} characters; the limit is {_LONGEST_PROOF}"))
    if state != "not_checked":
        problems.append(Problem("readiness", name, "answer", given, f"the registers say {state}; change what they hold instead"))
    if problems:
        raise RowRefused(problems)
