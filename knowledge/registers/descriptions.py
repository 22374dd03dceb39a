"""Every register with its words, ids and columns: what import, export, REST, questions, pages and passages are driven by.

What a register says about itself stands in its table class; this module reads it once and hands it out.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from sqlmodel import SQLModel

from knowledge.errors import UnknownRegister
from knowledge.registers.assets import AiSystem, Asset
from knowledge.registers.audits import Audit, AuditCheck, Certificate, CorrectiveAction, Finding
from knowledge.registers.columns import About, Column, Kind, Words, columns_of, fold
from knowledge.registers.controls import ClauseStatus, ControlStatus, Evidence, InterestedParty, Obligation
from knowledge.registers.documents import Document
from knowledge.registers.improvement import (
    Benchmark,
    Improvement,
    Incident,
    Isms,
    Issue,
    ManagementReview,
    Objective,
    ProgrammeTask,
    ThreatNote,
    WalkThrough,
)  # fmt: skip
from knowledge.registers.metrics import Kpi, Measurement
from knowledge.registers.operations import (
    AccessPath,
    Change,
    CompensatingMeasure,
    DataFlow,
    FirewallRule,
    MachineIdentity,
    MaintenanceWindow,
    MonitoringAlert,
    Release,
)  # fmt: skip
from knowledge.registers.people import Acknowledgement, Competence, GovernanceRole, Person, Training
from knowledge.registers.plant import Site, Supplier, VendorAssessment, Zone
from knowledge.registers.proposals import Proposal
from knowledge.registers.risks import Risk, RiskMethod

MODELS: tuple[type[SQLModel], ...] = (
    Person, Site, Zone, Supplier, Asset, AiSystem, Risk, RiskMethod, ControlStatus, ClauseStatus, Document, Evidence, Obligation, InterestedParty,
    Audit, AuditCheck, Finding, CorrectiveAction, Certificate, Incident, Improvement, ManagementReview, Objective, Kpi, Measurement, Issue, Isms,
    ProgrammeTask, GovernanceRole, Competence, Training, Acknowledgement, VendorAssessment, WalkThrough, ThreatNote, Benchmark, Change, Release,
    DataFlow, AccessPath, FirewallRule, MachineIdentity, MaintenanceWindow, CompensatingMeasure, MonitoringAlert, Proposal,
)  # fmt: skip


@dataclass(frozen=True)
class Register:
    """One register: its table, words and columns in the order in which files and pages show them."""

    model: Any
    about: About
    columns: tuple[Column, ...]

    @property
    def name(self) -> str:
        """The name in commands, files and addresses: `corrective_action`."""
        return self.about.name

    @property
    def words(self) -> Words:
        """What people call it."""
        return self.about.words

    @cached_property
    def id_name(self) -> str:
        """The attribute that holds the id: `number` for documents, `id` elsewhere."""
        return str(self.model.__table__.primary_key.columns[0].name)

    @cached_property
    def header(self) -> tuple[str, ...]:
        """Headings of the plain header of files, in order; `audience` may stand in every file besides."""
        return self.about.header or tuple(column.head for column in self.columns if not column.managed or column.name == self.id_name)

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """Columns by their name in code."""
        return {column.name: column for column in self.columns}

    @cached_property
    def by_head(self) -> dict[str, Column]:
        """Columns by their heading in files."""
        return {column.head: column for column in self.columns}

    @cached_property
    def writable(self) -> tuple[Column, ...]:
        """The columns that a person or a file may fill."""
        product = ("source", "created_at", "changed_at", "accepted_state", "acceptance_void_at")
        return tuple(column for column in self.columns if column.kind is not Kind.COMPUTED and column.name not in product)

    @cached_property
    def lists(self) -> tuple[Column, ...]:
        """The columns whose values stand in the table of links."""
        return tuple(column for column in self.columns if column.listed)

    @property
    def required(self) -> tuple[Column, ...]:
        """The columns that may not be empty."""
        return tuple(column for column in self.columns if column.required)

    def column(self, name: str) -> Column | None:
        """The column of that name or heading."""
        return self.by_name.get(name) or self.by_head.get(name)

    def link_kind(self, column: str) -> str:
        """How a list of this register is called in the table of links: `risk.assets`."""
        return f"{self.name}.{column}"

    def id_prefix(self, today: date) -> str:
        """What stands before the number of a new id: `A`, or `F-2026` where ids carry the year."""
        return f"{self.about.prefix}-{today.year}" if self.about.yearly else self.about.prefix

    def id_of(self, prefix: str, number: int) -> str:
        """The id with that number: `A-012`."""
        return f"{prefix}-{number:0{self.about.digits}d}"


def _described(model: Any) -> Register:
    columns = columns_of(model)
    own = {column.head: column for column in columns}
    first = [own[head] for head in model.about.header] or [column for column in columns if column.name == "id"]
    return Register(model, model.about, (*first, *(column for column in columns if column not in first)))


REGISTERS: dict[str, Register] = {model.about.name: _described(model) for model in MODELS}  # type: ignore[attr-defined]
"""Every register by name, those first that others link to."""


def register(name: str) -> Register:
    """The register of that name, however it is spelt: `risk`, `risks`, `Corrective actions`, `Risiken`. Raises UnknownRegister."""
    found = REGISTERS.get(name) or _BY_WORD.get(fold(name))
    if found is None:
        raise UnknownRegister(f"{name}: there is no such register; they are {', '.join(REGISTERS)}.")
    return found


def of_row(row: Any) -> Register:
    """The register that a row belongs to."""
    return REGISTERS[row.about.name]


def naming(target: str) -> Iterable[tuple[Register, Column]]:
    """Every column through which rows of other registers name rows of this one."""
    for found in REGISTERS.values():
        for column in found.columns:
            if column.register == target:
                yield found, column


_BY_WORD: dict[str, Register] = {}
for _register in REGISTERS.values():
    for _word in (_register.name, *_register.words.all()):
        _BY_WORD.setdefault(fold(_word), _register)
