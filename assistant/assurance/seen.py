"""What somebody or a rule has seen that falls short of a requirement: the facts of a finding, before anybody proposes one."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Seen:
    """The facts of a finding that may be proposed; a person decides whether it is one, and how grave.

    `requirement` holds ids (`9.2.2`, `A.5.18`, `iso42001:A.6.2.4`), `evidence_seen` says what was looked at and when, `gap` what is
    missing. `grade_hint` is `major`, `minor` or `observation`: where to begin, not a grade. `sources` are row sources (`row:AP-003`).
    `origin` says what it came from, the same each time it is seen (`readiness:ai-policy`, `kpi:K-003`); the others are ids of rows that it is about.
    """

    title: str
    requirement: tuple[str, ...]
    evidence_seen: str
    gap: str
    grade_hint: str
    sources: tuple[str, ...] = ()
    origin: str = ""
    audit: str = ""
    site: str = ""
    asset: str = ""
    supplier: str = ""
    incident: str = ""
    owner: str = ""
    audience: str = "staff"

    @property
    def key(self) -> str:
        """What tells one thing that was seen from another: its origin, else what it is called, asks for and rests on."""
        return self.origin or "|".join((self.title.casefold(), *sorted(self.requirement), *sorted(self.sources)))
