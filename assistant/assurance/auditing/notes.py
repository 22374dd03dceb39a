"""What rules have to tell people, as a key with values: said in English by itself, in German by the phrases of the product."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from babel.dates import format_date

from assistant.phrases import phrases

NOTES = {
    "nothing": "No certification date, certificate or stage audit is recorded: enter one of them, and the windows follow.",
    "assumed": "The decision is still to come: windows count from {day}, two months after stage 2.",
    "early": "It is planned for {day}, before its window begins on {earliest}.",
    "late": "It is planned for {day}, after its window ends on {latest}.",
    "overdue": "Its window ended on {latest} and nothing says that it was held.",
    "no_date": "It has no date yet: {suggested} would fit.",
    "past": "It was planned for {day} and is not recorded as held.",
    "repeat_stage_1": "More than six months lie between stage 1 and stage 2: stage 1 has to be repeated.",
    "repeat_stage_2": "Majors of stage 2 ({ids}) were not verified by {day}: a new stage 2 is needed.",
    "verify": "Majors of stage 2 ({ids}) have to be verified by {day}, else a new stage 2 is needed.",
    "year_without": "No surveillance falls into {year}: each calendar year needs one, but for the year of recertification.",
    "too_long": "The certificate names {day} as its last day, more than three years after the decision.",
    "expired": "The certificate ran out on {day}; it can be restored until {until}.",
    "gone": "The certificate ran out on {day} and could be restored until {until}: at least a new stage 2 is needed.",
    "suspended": "The certificate is suspended; after six months at most it is usually reduced or withdrawn.",
    "decision_late": "The recertification audit leaves fewer than {days} days before {day} for closing majors and for the decision.",
    "no_auditor": "No internal auditor is recorded: name somebody who owns none of this, or engage somebody from outside.",
    "owns": "{name} owns {ids}: somebody else audits these.",
    "hurried": "{days} days are planned; fewer than {least} have not been seen to be enough, {usual} are usual.",
    "document": "{document}: {state}",
    "document_before": "{document}: {state} on {day}, before the task began",
    "dated": "{percent} % ({part} of {whole}) of the tasks have dates and an owner",
    "offices": "{percent} % ({part} of {whole}) of the offices are held by somebody",
    "inventory": "{percent} % ({part} of {whole}) of the assets and AI systems have an owner, ratings and their asset",
    "method": "Risk method {method}",
    "threats": "{percent} % ({part} of {whole}) of the risks name a threat or a vulnerability",
    "scored": "{percent} % ({part} of {whole}) of the risks are scored",
    "treated": "{percent} % ({part} of {whole}) of the risks above the threshold have treatment, owner and date",
    "controls": "{percent} % ({part} of {whole}) of the applicable controls are implemented: {more}",
    "documents": "{percent} % ({part} of {whole}) of the documents are approved: {more}",
    "trained": "{percent} % ({part} of {whole}) of the people were trained in the last twelve months",
    "checked": "{percent} % ({part} of {whole}) of the readiness checks have an answer; not met: {more}",
    "processes": "{percent} % ({part} of {whole}) of the processes have left a record; none yet: {more}",
    "audit": "{audit} {state}, {day}: {more}",
    "no_audit": "No such audit is recorded",
    "no_finding": "No finding of such an audit is recorded",
    "actions": "{part} of {whole} actions open; findings open: {more}",
    "no_review": "None was held since the task began",
    "review": "{review} held on {day}",
    "no_certificate": "No certificate is recorded",
    "certificate": "{number}, issued on {day}, SoA {soa}, until {until}",
}  # fmt: skip
"""What is told, by key. Numbers and ids stand in place holders, so that each sentence can be said in German too."""


@dataclass(frozen=True)
class Note:
    """Something to be told: a key of NOTES and what stands in its place holders."""

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return NOTES[self.key].format(**self.values)

    def said(self, tongue: str) -> str:
        """The note in a language, days as people write them."""
        words = {
            name: format_date(value, "medium", locale=tongue) if isinstance(value, date) else value for name, value in self.values.items()
        }
        return phrases(tongue)(NOTES[self.key]).format(**words)
