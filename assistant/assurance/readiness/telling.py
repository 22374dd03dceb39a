"""A report in plain form: for REST and --json, and as lines for a terminal."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from typing import Any

from assistant.assurance.readiness import NO_VERDICT, Report, Result, groups, seen
from assistant.assurance.readiness.check import Both

WORDS = {
    "yes": Both("yes", "ja"),
    "no": Both("no", "nein"),
    "not_checked": Both("not checked", "nicht geprüft"),
    "major": Both("major candidate", "mögliche Hauptabweichung"),
    "minor": Both("minor candidate", "mögliche Nebenabweichung"),
    "observation": Both("observation", "Beobachtung"),
    "hours": Both("hours", "Stunden"),
    "days": Both("days", "Tage"),
    "weeks": Both("weeks", "Wochen"),
}
"""What codes of a report are called."""


def plain(report: Report) -> dict[str, Any]:
    """The report as JSON can carry it; `gaps` are the names of checks in the order in which to act, each `no` with the facts of a finding."""
    return {
        "as_of": report.as_of.isoformat(),
        "next_audit": report.audit.isoformat() if report.audit else None,
        "note": NO_VERDICT._asdict(),
        "counts": report.counts(),
        "total": report.total(),
        "checks": [_check(one, report.as_of) for one in report.results],
        "gaps": [gap.result.check.name for gap in report.gaps],
    }


def lines(report: Report) -> Iterator[str]:
    """The report for a terminal: counts by group, then what is to be done, the gravest first."""
    audit = f"; next audit on {report.audit}" if report.audit else ""
    yield f"Readiness as of {report.as_of}{audit}. {NO_VERDICT.en}"
    yield ""
    for name, counts in report.counts().items():
        yield f"  {groups()[name].en:<40} yes {counts['yes']:>2}   no {counts['no']:>2}   not checked {counts['not_checked']:>2}"
    total = report.total()
    yield f"  {'':<40} yes {total['yes']:>2}   no {total['no']:>2}   not checked {total['not_checked']:>2}"
    for place, gap in enumerate(report.gaps, 1):
        yield ""
        yield from _gap(place, gap.result, gap.next_audit)


def _gap(place: int, one: Result, next_audit: bool) -> Iterator[str]:
    check, outcome = one.check, one.outcome
    sampled = ", sampled by the next audit" if next_audit else ""
    title = check.gap.en if outcome.state == "no" else check.question.en
    yield f"{place}. [{WORDS[outcome.state].en}] {title} ({WORDS[check.weight].en}{sampled}; {check.name})"
    yield f"   {outcome.said.en}."
    yield from (f"   - {part.id + ': ' if part.register else ''}{part.said.en}" for part in outcome.proof)
    if outcome.more:
        yield f"   - and {outcome.more} more"
    yield f"   To do, {WORDS[check.effort].en}: {check.todo.en}"
    yield f"   Who: {one.owner.name + ' (' + one.owner.why.en + ')' if one.owner.name else one.owner.why.en}. Requirement: {', '.join(check.requirement)}"


def _check(one: Result, as_of: date) -> dict[str, Any]:
    check, outcome = one.check, one.outcome
    return {
        "name": check.name,
        "group": check.group,
        "question": check.question._asdict(),
        "state": outcome.state,
        "said": outcome.said._asdict(),
        "answered": outcome.answered,
        "rows": outcome.rows,
        "short": outcome.short,
        "proof": [{"source": part.source, "id": part.id, "kind": part.kind, "said": part.said._asdict()} for part in outcome.proof],
        "todo": check.todo._asdict(),
        "requirement": list(check.requirement),
        "items": list(check.items),
        "weight": check.weight,
        "effort": check.effort,
        "owner": {"person": one.owner.person_id, "name": one.owner.name, "why": one.owner.why._asdict()},
        "finding": asdict(seen(one, as_of)) if outcome.state == "no" else None,
    }
