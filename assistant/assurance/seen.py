"""What somebody or a rule has seen that falls short of a requirement: the facts of a finding, before anybody proposes one."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Seen:
    """The facts of a finding that may be proposed; a person decides whether it is one, and how grave.

    `requirement` holds ids (`9.2.2`, `A.5.18`, `iso42001:A.6.2.4`), `evidence_seen` says what was looked at and when, `gap` what is
    missing. `grade_hint` is `major`, `minor` or `observation`: where to begin, not a grade. `sources` are row sources (`row:AP-003`).
    """

    title: str
    requirement: tuple[str, ...]
    evidence_seen: str
    gap: str
    grade_hint: str
    sources: tuple[str, ...] = ()
