"""The documents that the guide asks for: which of the company's documents each is, and how it stands."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select

from assistant.assurance.readiness.check import Both, Outcome, Proof
from assistant.assurance.readiness.look import Look, nothing
from knowledge import controls
from knowledge.registers import REGISTERS, DocumentText, DocumentVersion

MANDATORY = ("DOC-001", "DOC-002", "DOC-003", "DOC-004")
"""Demanded by the clauses and written as documents; treatment plan, SoA and inventory are worked out of the registers."""
OF_AI = ("DOC-044", "DOC-047", "DOC-048", "DOC-049", "DOC-050", "DOC-051", "DOC-052", "DOC-053")
INCIDENTS_OF_AI = ("DOC-047", "DOC-053")

# Words of titles, in either language; a document that was drafted here says its type itself.
_TITLES: dict[str, str] = {
    "DOC-001": r"scope statement|isms scope|scope of the isms|geltungsbereich|anwendungsbereich",
    "DOC-002": r"^(?!.*\bai\b)(?!.*\bki\b).*(information security policy|security policy|sicherheitsleitlinie|leitlinie zur informationssicherheit)",
    "DOC-003": r"risk (assessment|management|method)|risiko(beurteilung|management|methode|bewertung)",
    "DOC-004": r"risk (treatment|management)|risk assessment and treatment|risiko(behandlung|management)|beurteilung und behandlung",
    "DOC-044": r"\b(ai|artificial intelligence)\b.*polic|polic.*\bai\b|\bki\b.*(richtlinie|leitlinie)|(richtlinie|leitlinie).*\bki\b",
    "DOC-047": r"\bincident|vorfall|vorfälle",
    "DOC-048": r"\bai vendor|\bai supplier|vendor security|supplier.*security|ki-anbieter|lieferant.*sicherheit",
    "DOC-049": r"model development|development life ?cycle|secure development|modellentwicklung|model release",
    "DOC-050": r"training data|trainingsdaten",
    "DOC-051": r"model (deployment|release|update)|release and deployment|modellbereitstellung|modellfreigabe|ausrollen",
    "DOC-052": r"(ai|model).*(monitoring|drift)|(ki|modell).*(überwachung|drift)|überwachung.*(ki|modell)",
    "DOC-053": r"\bincident|vorfall|vorfälle",
}
_NAMES_DE: dict[str, str] = {
    "DOC-001": "Geltungsbereich des ISMS", "DOC-002": "Informationssicherheitsleitlinie", "DOC-003": "Verfahren der Risikobeurteilung",
    "DOC-004": "Verfahren der Risikobehandlung", "DOC-044": "Richtlinie zur Sicherheit von KI", "DOC-047": "Verfahren bei KI-Vorfällen",
    "DOC-048": "Sicherheitsanforderungen an KI-Anbieter", "DOC-049": "Verfahren: Entwicklung von KI-Modellen", "DOC-050": "Verfahren: Trainingsdaten",
    "DOC-051": "Verfahren: Ausrollen und Aktualisieren von Modellen", "DOC-052": "Verfahren: Überwachung von KI-Systemen",
    "DOC-053": "Verfahren: Umgang mit KI-Vorfällen",
}  # fmt: skip


class Paper(NamedTuple):
    """A document with its current version."""

    number: str
    title: str
    version: str
    state: str
    next_review: object
    owner: str
    type: str


def papers(look: Look) -> list[Paper]:
    """Every document that the actor may read, read once."""
    if "papers" not in look.kept:
        documents, versions = look.of("document"), DocumentVersion.__table__.c  # type: ignore[attr-defined]
        texts = DocumentText.__table__.c  # type: ignore[attr-defined]
        wanted = (
            select(
                documents.number, documents.title, versions.version, versions.state, versions.next_review, documents.owner,
                texts.draft["type"].as_string(),
            )
            .join(DocumentVersion.__table__, versions.number == documents.number)  # type: ignore[attr-defined]
            .outerjoin(DocumentText.__table__, texts.version_id == versions.id)  # type: ignore[attr-defined]
            .where(look.seen("document"), versions.current, versions.state != "retired")
            .order_by(documents.number)
        )  # fmt: skip
        look.kept["papers"] = [Paper(*row[:6], row[6] or "") for row in look.session.execute(wanted)]
    return list(look.kept["papers"])


def of_kind(look: Look, id_: str) -> list[Paper]:
    """The company's documents that are what the guide calls by this id: by their type, else by their title."""
    drafted = _drafted_as(id_)
    pattern = re.compile(_TITLES[id_], re.IGNORECASE)
    return [one for one in papers(look) if (one.type == drafted if one.type else pattern.search(one.title))]


def standing(look: Look, wanted: Sequence[str]) -> Outcome:
    """Whether each of these documents is there, approved, and inside its review date; not checked where no document is recorded at all."""
    if not papers(look):
        return nothing(REGISTERS["document"])
    proof = [_proof(look, id_) for id_ in wanted]
    gaps, unknown = [one for one in proof if one.kind == "gap"], [one for one in proof if one.kind == "unknown"]
    if gaps:
        said = Both(f"{len(gaps)} of {len(wanted)} documents are missing, drafts or past their review",
                    f"{len(gaps)} von {len(wanted)} Dokumenten fehlen, sind Entwürfe oder über der Prüffrist")  # fmt: skip
        return Outcome("no", said, tuple(gaps), len(wanted), len(gaps))
    if unknown:
        said = Both(
            f"{len(unknown)} of {len(wanted)} documents have no review date", f"{len(unknown)} von {len(wanted)} Dokumenten ohne Prüffrist"
        )
        return Outcome("not_checked", said, tuple(unknown), len(wanted), len(unknown))
    said = Both(
        f"{len(wanted)} documents approved and inside their review", f"{len(wanted)} Dokumente freigegeben und innerhalb der Prüffrist"
    )
    return Outcome("yes", said, tuple(proof), len(wanted))


def person_of(look: Look, named: str) -> str | None:
    """The id of the person whom a document names as its owner, by e-mail or name."""
    people = look.of("person")
    found = look.first("person", (people.email == named) | (people.name == named)) if named else None
    return str(found.id) if found else None


def _proof(look: Look, id_: str) -> Proof:
    found = of_kind(look, id_)
    name = _name(id_)
    if not found:
        return Proof("", id_, Both(f"{name.en}: no such document is recorded", f"{name.de}: kein solches Dokument erfasst"), "gap")
    approved = [one for one in found if one.state == "approved"]
    late = [one for one in approved if one.next_review and one.next_review < look.today]  # type: ignore[operator]
    dated = [one for one in approved if one.next_review and one not in late]
    best = (dated or [one for one in approved if not one.next_review] or late or found)[0]
    owner = person_of(look, best.owner)
    head = Both(f"{name.en}: {best.number} {best.version}", f"{name.de}: {best.number} {best.version}")
    if best in dated:
        told = Both(f"approved, next review {best.next_review}", f"freigegeben, nächste Prüfung {best.next_review}")
        kind = "good"
    elif best in late:
        told, kind = Both(f"review was due on {best.next_review}", f"Prüfung war am {best.next_review} fällig"), "gap"
    elif best in approved:
        told, kind = Both("approved, without a review date", "freigegeben, ohne Prüffrist"), "unknown"
    else:
        told, kind = Both("is not approved", "ist nicht freigegeben"), "gap"
    return Proof("document", best.number, Both(f"{head.en} {told.en}", f"{head.de} {told.de}"), kind, owner)


def _name(id_: str) -> Both:
    found = next((one for one in controls.catalogue().documents() if one.id == id_), None)
    return Both(found.title if found else id_, _NAMES_DE[id_])


def _drafted_as(id_: str) -> str:
    return _DRAFTED[id_]


_DRAFTED: dict[str, str] = {
    "DOC-001": "isms-scope-statement", "DOC-002": "information-security-policy", "DOC-003": "risk-assessment-process",
    "DOC-004": "risk-treatment-process", "DOC-044": "ai-security-policy", "DOC-047": "ai-incident-response-procedure",
    "DOC-048": "ai-vendor-security-requirements", "DOC-049": "ai-model-development-lifecycle", "DOC-050": "training-data-management",
    "DOC-051": "model-deployment-and-updates", "DOC-052": "ai-system-monitoring", "DOC-053": "ai-incident-handling",
}  # fmt: skip
"""The type under which it is drafted: the file in knowledge/document_types."""
