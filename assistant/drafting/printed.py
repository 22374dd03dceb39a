"""A version on its way to paper: its text with notes, who wrote what in it, and its head with the revision history."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from assistant.drafting import kept_statements, life, marks
from assistant.drafting.documents import company
from assistant.drafting.kept_statements import Acceptance
from assistant.drafting.life import Version
from assistant.drafting.marks import one_line, table
from assistant.drafting.statements import Registers
from assistant.drafting.types import document_types
from assistant.printing import Head, Revision
from knowledge.registers import DocumentText, DocumentVersion

_ORIGINS = {
    "rules": "from the type's skeleton, registers and approved documents",
    "model": "worded by the chat model {model}",
    "person": "written by a person",
}


def text_of(found: Version, registers: Registers) -> str:
    """The text, its sources as footnotes where it still names them, and the authorship appendix."""
    draft = found.text.draft
    notes = [
        f"[^{place}]: {one_line(source['title'])}: {one_line(source['quote'])}"
        for place, source in enumerate(draft.get("sources", ()), 1)
        if f"[^{place}]" in found.text.markdown
    ]
    return "\n\n".join([marks.noted_once(found.text.markdown.strip()), "\n\n".join(notes), _authorship(found, registers)])


def head_of(session: Session, found: Version, registers: Registers) -> Head:
    """What stands on every page."""
    isms = next(iter(registers.rows("isms")), {})
    return Head(
        company=company(str(isms.get("name") or "")),
        number=found.document.number,
        title=found.document.title,
        version=found.version.version,
        state=found.version.state,
        classification=str(found.text.draft.get("classification") or "internal"),
        owner=found.document.owner,
        approver=found.version.approver,
        approved_on=found.version.approved_on,
        next_review=found.version.next_review,
        printed_on=registers.context.today,
        revisions=_revisions(session, found, registers),
        language=found.document.language,
    )


def _revisions(session: Session, found: Version, registers: Registers) -> list[Revision]:
    """One line a version up to this one, oldest first."""
    rows = session.exec(
        select(DocumentVersion, DocumentText)
        .join(DocumentText, col(DocumentText.version_id) == DocumentVersion.id, isouter=True)
        .where(DocumentVersion.number == found.document.number, col(DocumentVersion.id) <= found.text.version_id)
        .order_by(col(DocumentVersion.id))
    ).all()
    out: list[Revision] = []
    before = ""
    for version, text in rows:
        writers = ", ".join(registers.name(id_) for id_ in text.written_by) if text else ""
        change = "First version" if not out else _changed(before, text.markdown if text else "")
        out.append(Revision(version.version, version.approved_on, writers, change, version.approver))
        before = text.markdown if text else ""
    return out


def _changed(before: str, now: str) -> str:
    """Which sections differ from the version before."""
    sections = dict.fromkeys(one.section for one in life.differences(before, now, 0) if one.section)
    return f"Changed: {', '.join(sections)}" if before and sections else "New version"


def _authorship(found: Version, registers: Registers) -> str:
    """Which section comes from where, what it rests on, who wrote in it and who approved it."""
    draft, text = found.text.draft, found.text
    origins = draft.get("origins", {})
    made = {one.heading: one.body for one in marks.sections(marks.without_sources(str(draft.get("text", ""))))}
    lines = []
    for one in marks.sections(marks.without_sources(text.markdown)):
        origin = _ORIGINS[origins.get(one.heading, "rules" if one.heading in made else "person")].format(model=draft.get("model", ""))
        edited = one.heading in made and one.body.strip() != made[one.heading].strip()
        lines.append([one_line(one.heading), f"{origin}, then edited by a person" if edited else origin])
    writers = ", ".join(registers.name(id_) for id_ in text.written_by)
    approved = (
        f"approved by {registers.name(text.approved_by)} on {text.approved_at:%Y-%m-%d}, SHA-256 {text.content_hash}"
        if text.approved_at
        else "not approved"
    )
    kind = document_types().get(str(draft.get("type")))
    rests = table(
        ["No.", "Source", "Quote or query"],
        [[str(place), one_line(one["title"]), one_line(one["quote"])] for place, one in enumerate(draft.get("sources", ()), 1)],
    )
    return "\n\n".join(
        [
            "## Appendix: authorship",
            f"Drafted from the type {kind.title if kind else draft.get('type', '')} as of {draft.get('as_of', '')}; written by {writers}; {approved}.",
            table(["Section", "Origin"], lines),
            rests if draft.get("sources") else "No source was cited.",
            *_of_model(draft.get("sentences", ())),
            *_accepted(kept_statements.acceptances(registers, draft), draft.get("acceptances"), text.approved_at),
        ]
    )


def _accepted(now: Sequence[Acceptance], then: Sequence[Mapping[str, Any]] | None, approved_at: datetime | None) -> list[str]:
    """Who has approved their lines of a plan and accepted what remains: at its approval, else as of now."""
    lines = [Acceptance(**line) for line in then] if then else now
    if not lines:
        return []
    told = [
        [line.risk, one_line(line.name), line.owner or "-", str(line.residual_score or ""), line.state, line.accepted_on, line.expires]
        for line in lines
    ]
    moment = f"when the plan was approved on {approved_at:%Y-%m-%d}" if then and approved_at else "as of printing"
    heads = ["Risk", "Name", "Owner", "Residual score", "Plan and residual risk", "Accepted on", "Until"]
    stand = sum(line.stands for line in lines)
    return [
        "## Appendix: approval by risk owners",
        f"{stand} of {len(lines)} lines were accepted by their owner {moment}.",
        table(heads, told),
    ]


def _of_model(sentences: Sequence[Mapping[str, str]]) -> list[str]:
    """Which sentences a chat model wrote, and from what."""
    if not sentences:
        return []
    lines = [
        [one_line(one["section"]), one_line(one["text"]), one_line(one["quote"] or one["source"]), one_line(one["source"])]
        for one in sentences
    ]
    return [
        "These sentences were drafted by the chat model; each was checked against the words beside it.",
        table(["Section", "Sentence", "Says in other words", "Which stands in"], lines),
    ]
