"""The documents that the guide asks for: which of the company's documents each is, and how it stands."""

import re
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import select

from assistant.assurance.readiness.check import Both, Outcome, Proof
from assistant.assurance.readiness.look import Look, nothing, table
from knowledge import controls
from knowledge.registers import REGISTERS, DocumentText, DocumentVersion

MANDATORY = ("DOC-001", "DOC-002", "DOC-003", "DOC-004")
"""Demanded by the clauses and written as documents; treatment plan, SoA and inventory are worked out of the registers."""
OF_AI = ("DOC-044", "DOC-047", "DOC-048", "DOC-049", "DOC-050", "DOC-051", "DOC-052", "DOC-053")
INCIDENTS_OF_AI = ("DOC-047", "DOC-053")


class Kind(NamedTuple):
    """A document of the guide: the type under which it is drafted here, its German name, and words of titles in either language."""

    drafted: str
    de: str
    title: str


_KINDS: dict[str, Kind] = {
    "DOC-001": Kind(
        "isms-scope-statement",
        "Geltungsbereich des ISMS",
        r"scope statement|isms scope|scope of the isms|geltungsbereich|anwendungsbereich",
    ),
    "DOC-002": Kind(
        "information-security-policy",
        "Informationssicherheitsleitlinie",
        r"^(?!.*\bai\b)(?!.*\bki\b).*(security policy|isms policy|sicherheits(leit|richt)linie|(leit|richt)linie.*informationssicherheit)",
    ),
    "DOC-003": Kind(
        "risk-assessment-process",
        "Verfahren der Risikobeurteilung",
        r"risk (assessment|management|method)|risiko(beurteilung|management|methode|bewertung)",
    ),
    "DOC-004": Kind(
        "risk-treatment-process",
        "Verfahren der Risikobehandlung",
        r"risk (treatment|management)|risk assessment and treatment|risiko(behandlung|management)|beurteilung und behandlung",
    ),
    "DOC-044": Kind(
        "ai-security-policy",
        "Richtlinie zur Sicherheit von KI",
        r"\b(ai|artificial intelligence)\b.*polic|polic.*\b(ai|artificial intelligence)\b|\bki\b.*(richtlinie|leitlinie)|(richtlinie|leitlinie).*\bki\b",
    ),
    "DOC-047": Kind(
        "ai-incident-response-procedure",
        "Verfahren bei KI-Vorfällen",
        r"\bincident|vorfall|vorfälle",
    ),
    "DOC-048": Kind(
        "ai-vendor-security-requirements",
        "Sicherheitsanforderungen an KI-Anbieter",
        r"\bai vendor|\bai supplier|vendor security|supplier.*security|ki-anbieter|lieferant.*sicherheit",
    ),
    "DOC-049": Kind(
        "ai-model-development-lifecycle",
        "Verfahren: Entwicklung von KI-Modellen",
        r"model development|development life ?cycle|secure development|(ai|ml) development|machine learning development|(modell|ki-)entwicklung|model release",
    ),
    "DOC-050": Kind(
        "training-data-management",
        "Verfahren: Trainingsdaten",
        r"training data|trainingsdaten",
    ),
    "DOC-051": Kind(
        "model-deployment-and-updates",
        "Verfahren: Ausrollen und Aktualisieren von Modellen",
        r"model (deployment|release|update)|release and deployment|modellbereitstellung|modellfreigabe|ausrollen",
    ),
    "DOC-052": Kind(
        "ai-system-monitoring",
        "Verfahren: Überwachung von KI-Systemen",
        r"(ai|model).*(monitoring|drift)|(ki|modell).*(überwachung|drift)|überwachung.*(ki|modell)",
    ),
    "DOC-053": Kind(
        "ai-incident-handling",
        "Verfahren: Umgang mit KI-Vorfällen",
        r"\bincident|vorfall|vorfälle",
    ),
}


class Paper(NamedTuple):
    """A document with its current version."""

    number: str
    title: str
    version: str
    state: str
    next_review: date | None
    owner: str
    type: str


def papers(look: Look) -> list[Paper]:
    """Every document that the actor may read, read once."""
    if "papers" not in look.kept:
        documents, versions = look.of("document"), table(DocumentVersion).c
        texts = table(DocumentText).c
        wanted = (
            select(
                documents.number,
                documents.title,
                versions.version,
                versions.state,
                versions.next_review,
                documents.owner,
                texts.draft["type"].as_string(),
            )
            .join(table(DocumentVersion), versions.number == documents.number)
            .outerjoin(table(DocumentText), texts.version_id == versions.id)
            .where(look.seen("document"), versions.current, versions.state != "retired")
            .order_by(documents.number)
        )
        look.kept["papers"] = [Paper._make((*row[:6], row[6] or "")) for row in look.session.execute(wanted)]
    return list(look.kept["papers"])


def of_kind(look: Look, id_: str) -> list[Paper]:
    """The company's documents that are what the guide calls by this id: by their type, else by their title."""
    kind = _KINDS[id_]
    pattern = re.compile(kind.title, re.IGNORECASE)
    return [one for one in papers(look) if (one.type == kind.drafted if one.type else pattern.search(one.title))]


def standing(look: Look, wanted: Sequence[str]) -> Outcome:
    """Whether each of these documents is there, approved, and inside its review date; not checked where no document is recorded at all."""
    if not papers(look):
        return nothing(REGISTERS["document"])
    proof = [_proof(look, id_) for id_ in wanted]
    gaps, unknown = [one for one in proof if one.kind == "gap"], [one for one in proof if one.kind == "unknown"]
    if gaps:
        said = Both(
            f"{len(gaps)} of {len(wanted)} documents are missing, drafts or past their review",
            f"{len(gaps)} von {len(wanted)} Dokumenten fehlen, sind Entwürfe oder über der Prüffrist",
        )
        return Outcome("no", said, tuple(gaps), len(wanted), len(gaps))
    if unknown:
        said = Both(
            f"{len(unknown)} of {len(wanted)} documents have no review date", f"{len(unknown)} von {len(wanted)} Dokumenten ohne Prüffrist"
        )
        return Outcome("not_checked", said, tuple(unknown), len(wanted), len(unknown))
    said = Both(
        f"Approved and inside their review: {len(wanted)} of {len(wanted)}",
        f"Freigegeben und innerhalb der Prüffrist: {len(wanted)} von {len(wanted)}",
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
    late = [one for one in approved if one.next_review and one.next_review < look.today]
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
    return Both(found.title if found else id_, _KINDS[id_].de)
