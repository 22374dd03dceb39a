"""The company's records: one module a noun, `store` for the database they live in, `descriptions` for what each column means."""

from knowledge.registers.assets import AiSystem, Asset
from knowledge.registers.audits import Audit, AuditCheck, Certificate, CorrectiveAction, Finding
from knowledge.registers.controls import ClauseStatus, ControlStatus, Evidence, InterestedParty, Obligation
from knowledge.registers.descriptions import REGISTERS, Register, register
from knowledge.registers.documents import Document, DocumentVersion, Passage, PassageChange, Projection, Vector
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
)
from knowledge.registers.journal import JournalBody, JournalEntry, JournalHead
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
)
from knowledge.registers.people import ROLES, Acknowledgement, Competence, GovernanceRole, Grant, Person, Token, Training
from knowledge.registers.plant import Site, Supplier, VendorAssessment, Zone
from knowledge.registers.proposals import ExternalRef, Outbox, Proposal
from knowledge.registers.risks import Risk, RiskMethod
from knowledge.registers.rows import Link, Numbering
from knowledge.registers.store import Store, sqlite_url
from knowledge.registers.threads import Event, Thread, Turn

__all__ = [
    "REGISTERS",
    "ROLES",
    "AccessPath",
    "Acknowledgement",
    "AiSystem",
    "Asset",
    "Audit",
    "AuditCheck",
    "Benchmark",
    "Certificate",
    "Change",
    "ClauseStatus",
    "CompensatingMeasure",
    "Competence",
    "ControlStatus",
    "CorrectiveAction",
    "DataFlow",
    "Document",
    "DocumentVersion",
    "Event",
    "Evidence",
    "ExternalRef",
    "Finding",
    "FirewallRule",
    "GovernanceRole",
    "Grant",
    "Improvement",
    "Incident",
    "InterestedParty",
    "Isms",
    "Issue",
    "JournalBody",
    "JournalEntry",
    "JournalHead",
    "Kpi",
    "Link",
    "MachineIdentity",
    "MaintenanceWindow",
    "ManagementReview",
    "Measurement",
    "MonitoringAlert",
    "Numbering",
    "Objective",
    "Obligation",
    "Outbox",
    "Passage",
    "PassageChange",
    "Person",
    "ProgrammeTask",
    "Projection",
    "Proposal",
    "Register",
    "Release",
    "Risk",
    "RiskMethod",
    "Site",
    "Store",
    "Supplier",
    "Thread",
    "ThreatNote",
    "Token",
    "Training",
    "Turn",
    "Vector",
    "VendorAssessment",
    "WalkThrough",
    "Zone",
    "register",
    "sqlite_url",
]
