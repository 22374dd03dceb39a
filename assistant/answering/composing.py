"""An answer in the making: what is quoted, in which order and under which words, what is left open, and whom to ask.

Order of an answer: what the company's own rule says, what the standard asks, what the registers show. Every quote is
a whole sentence or row of a stored passage; what has no source is not said.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from assistant.answering import citing, extraction, refusals
from assistant.answering.extraction import Found
from assistant.answering.generation import Spoken
from assistant.answering.shape import Citation, Claim, Contact, Status, Table
from assistant.identity import person_name, person_with_role
from knowledge.registers import Document, Store

_COMPANY_QUOTES, _OF_A_PART = 4, 2
"""The company's sentences that an answer quotes, and the answer to one question of several."""
_NEARLY = 0.72
"""Share of the best sentence's score that the company's other sentences need."""
_NAMED = 3
"""Sources that a silence names."""
_HEARD = 3
"""Sources that are heard before any is heard twice: company and standards together."""
_ROLE_NAMES = {"isms_manager": "ISMS manager"}
_REFUSED = {
    "legal_verdict": "I give no legal verdicts. I can quote what the law's notes say it depends on; counsel decides.",
    "hide_evidence": "I do not help to hide, invent or back-date evidence. An honest gap costs less than a false record; talk to the ISMS manager.",
    "override_safety": "I do not help to get around a safety or protective function. Stop, and talk to the shift lead and the safety engineer.",
    "personal_data": "I do not give out personal data of colleagues. The data protection officer can say what you may have.",
    "attack_help": "I do not help to attack systems or to get around rights. If you have found a weakness, report it to the ISMS manager.",
    "instructions": "I take no orders from a question: my rules, my role and your rights stay as they are. Ask what you want to know.",
    "off_topic": "This is outside what I know: information security, its standards, and this plant's rules.",
}
_STANDING = {
    "expired": "A document whose review is overdue says",
    "draft": "A draft that nobody has approved says",
    "in_review": "A text that is still in review says",
    "changes_requested": "A text that was sent back for changes says",
    "retired": "A retired document said",
}


@dataclass
class Draft:
    """An answer in the making: claims with their citations, numbered by first use. `say` puts our own words into the asker's language."""

    store: Store
    today: date
    say: Callable[[str], str]
    status: Status = "answered"
    reason: str = ""
    claims: list[Claim] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)
    quoted: list[tuple[Found, str]] = field(default_factory=list)
    near: list[Found] = field(default_factory=list)
    """What came nearest to a part of the question that is not answered."""
    gaps: list[str] = field(default_factory=list)
    follow_ups: list[str] = field(default_factory=list)
    table: Table | None = None
    contact: Contact | None = None
    fit: float = 0.0
    model: str = ""

    # --- statements

    def claim(self, text: str, citations: Iterable[Citation]) -> None:
        """Add a statement, unless all it rests on was said already."""
        before = len(self.citations)
        numbers = [self._cite(citation) for citation in citations]
        if len(self.citations) > before or text not in {claim.text for claim in self.claims}:
            self.claims.append(Claim(text=text, citations=numbers))

    def quote(self, found: Found, label: str = "", words: str = "") -> None:
        """Add a sentence as a claim: quoted, or in a chat model's words; one that was quoted before is not quoted again."""
        if not words and any((known.source_id, known.quote) == (found.passage.source_id, found.quote) for known in self.citations):
            return
        self.quoted.append((found, label))
        self._tell_of_orders([found])
        text = words or f"“{found.quote}”"
        self.claim(f"{label}: {text}" if label else text, [citing.of_sentence(found)])

    def put_in_other_words(self, spoken: Sequence[Spoken], model: str) -> None:
        """Put a chat model's claims in the place of the quotes they rest on; a sentence that it says nothing of stays quoted."""
        quoted, self.quoted, self.claims, self.citations = self.quoted, [], [], []
        self.model, said = model, set()
        for found, label in quoted:
            mine = [one for one in spoken if one.found.passage.id == found.passage.id]
            if not mine:
                self.quote(found, label)
            elif found.passage.id not in said:
                said.add(found.passage.id)
                for number, one in enumerate(mine):
                    self.quote(one.found, "" if number else label, one.text)

    # --- what is quoted

    def compose(self, chosen: Sequence[Found], usable: Sequence[Sequence[Found]], first: int, alone: bool) -> None:
        """Quote `first` documents of the company, then the standards, three sources in all; then what they say besides, less where this
        is not `alone` in the answer."""
        told = self.quote_company(chosen, first) if first else []
        self._quote_standards(usable[: _HEARD - min(len(told) or bool(chosen), 2)])
        told = told or self.quote_company(chosen, 1)
        approved, _ = by_standing(chosen, self.today)
        told = told + self._quote_others(approved, {found.passage.source_id for found, _ in self.quoted})
        for found in usable[0][1:2] if usable else ():
            self.quote(found)
        said = {found.quote for found in told}
        best = max(told, key=lambda found: found.score, default=None)
        if best and (following := extraction.after(best)) and following.quote not in said:
            self.quote(following)
            said.add(following.quote)
        limit = _COMPANY_QUOTES if alone else _OF_A_PART
        further = _spread([found for found in approved if found.quote not in said], limit - len(told))
        for number, found in enumerate(further):
            self.quote(found, "" if number else self.say("Also in the company's documents"))

    def quote_company(self, chosen: Sequence[Found], limit: int) -> list[Found]:
        """Quote the company's sentences, approved and current ones as its rule; what was quoted comes back."""
        approved, others = by_standing(chosen, self.today)
        unapproved = others[:1] if others and not (approved and approved[0].score >= others[0].score) else []
        told = best_of_documents(approved, limit - len(unapproved) or 1)
        for number, found in enumerate(told):
            self.quote(found, "" if number else self.say("The company's own rule"))
        if told and (other := next((found for found in approved[1:5] if extraction.contradiction(told[0], found)), None)):
            self.quote(other, self.say("Another document of the company says"))
            self.status, self.reason = "partial", "conflict"
            self._report_conflict(told[0], other)
            told.append(other)
        for found in unapproved:
            self.quote(found, self.say(_STANDING[found.standing(self.today)]))
            told.append(found)
        if unapproved:
            self.status, self.reason = "partial", self.reason or "not_approved"
            self.gaps.append(
                self.say("What fits best is not an approved, current text; ask the owner before you rely on it.")
                if approved
                else self.say("No approved, current document says this; ask the owner before you rely on it.")
            )
            self.contact = self._owner(unapproved[0].document)
        return told

    def quote_rows(self, rows: Sequence[Found]) -> None:
        """Quote what rows of the registers say, as of today."""
        for number, found in enumerate(best_of_documents(rows, 2)):
            self.quote(found, "" if number else self.say("What the registers show"))
        self.fit = max(self.fit, rows[0].fit)

    def _quote_standards(self, usable: Sequence[Sequence[Found]]) -> None:
        """The best sentence of each source."""
        for number, sentences in enumerate(usable):
            label = (
                self.say("What the law and schemes say")
                if sentences[0].passage.kind == "note"
                else self.say("What the standard asks, in our words")
            )
            self.quote(sentences[0], "" if number else label)

    def _quote_others(self, approved: Sequence[Found], heard: Collection[str]) -> list[Found]:
        """Quote further documents where fewer than three sources were heard; what was quoted comes back."""
        others = [found for found in best_of_documents(approved, _HEARD) if found.passage.source_id not in heard]
        quoted = others[: max(_HEARD - len(heard), 0)]
        for number, found in enumerate(quoted):
            self.quote(found, "" if number else self.say("Also in the company's documents"))
        return quoted

    # --- what is not said

    def refuse(self, refusal: refusals.Refusal) -> None:
        """Take back what was said, and say why there is no answer and who has one."""
        self.status, self.reason = "refused", refusal.reason
        self.claims, self.citations, self.table = [], [], None
        self.gaps = [self.say(_REFUSED[refusal.reason])]
        self.contact = self._contact(refusal.contact)

    def withhold_verdict(self) -> None:
        """Leave the evidence to speak where the question asks whether the company conforms."""
        if self.claims:
            self.status, self.reason = "partial", "no_verdict"
            self.gaps.append(
                self.say("I give no verdict on conformity. This is what the sources hold; auditors and the ISMS manager judge.")
            )
            self.contact = self._contact(refusals.by_reason("no_verdict").contact)

    def report_instructions(self, company: Sequence[Found]) -> None:
        """Say so where a document that the answer came near holds orders to assistants."""
        self._tell_of_orders(extraction.tampered_near(company, _COMPANY_QUOTES))

    def conclude(self) -> None:
        """Say so where nothing was said, with what comes nearest; and name the person to ask where the answer leaves a gap."""
        if not self.claims:
            self.status = "silent"
            self.reason = self.reason or "no_source"
            message = (
                "The company's documents do not state this, and no textbook value stands in for the company's method."
                if self.reason == "method_not_recorded"
                else "The sources are silent on this."
            )
            self.gaps = [self.say(message), *self._nearest(), *self.gaps]
            self._tell_of_orders(self.near)
            self.contact = self._contact("isms_manager")
        elif self.reason == "policy_gap":
            self.contact = self.contact or self._contact("isms_manager")

    # --- inside

    def _cite(self, citation: Citation) -> int:
        """Number of a citation; the same quote of the same source keeps its number."""
        for known in self.citations:
            if (known.source_id, known.quote) == (citation.source_id, citation.quote):
                return known.n
        citation.n = len(self.citations) + 1
        self.citations.append(citation)
        return citation.n

    def _report_conflict(self, one: Found, other: Found) -> None:
        assert one.document and other.document
        self.contact = self._owner(one.document)
        self.gaps.append(
            self.say("{one} and {other} say different things; ask which one holds.").format(
                one=one.document.number, other=other.document.number
            )
        )

    def _tell_of_orders(self, some: Iterable[Found]) -> None:
        """Name the documents of these sentences that hold orders to assistants, each once."""
        for found in some:
            if found.document and found.version and found.version.tampered:
                note = self.say("{number} holds text that gives orders to assistants; it was not followed.").format(
                    number=found.document.number
                )
                if note not in self.gaps:
                    self.gaps.append(note)

    def _nearest(self) -> list[str]:
        """A sentence that names what comes nearest, each with the address that opens it; none where there is nothing to read."""
        named: dict[str, Found] = {}
        for found in self.near:
            named.setdefault(found.passage.source_id, found)
        places = [citing.place(found) for found in named.values()]
        return [self.say("Nearest to it, but no answer: {sources}.").format(sources="; ".join(places[:_NAMED]))] if places else []

    def _owner(self, document: Document | None) -> Contact | None:
        if document and document.owner:
            return Contact(name=person_name(self.store, document.owner), role=self.say("document owner"))
        return self._contact("isms_manager")

    def _contact(self, role: str) -> Contact | None:
        if not role:
            return None
        person = person_with_role(self.store, role)
        return Contact(name=person.name if person else "", role=self.say(_ROLE_NAMES.get(role, role)))


def by_standing(chosen: Sequence[Found], today: date) -> tuple[list[Found], list[Found]]:
    """(sentences of approved, current documents, all others)."""
    approved = [found for found in chosen if found.standing(today) == "approved"]
    return approved, [found for found in chosen if found.standing(today) != "approved"]


def best_of_documents(found: Sequence[Found], limit: int) -> list[Found]:
    """The best sentence of each document, while it is nearly as good as the best of all."""
    best: dict[str, Found] = {}
    for one in found:
        if one.score >= found[0].score * _NEARLY:
            best.setdefault(one.passage.source_id, one)
    return list(best.values())[:limit]


def _spread(found: Sequence[Found], limit: int) -> list[Found]:
    """The best sentences, at most two of one passage, so that a second place is heard too."""
    out: list[Found] = []
    for one in found:
        if len(out) >= limit:
            break
        same = sum(other.passage.id == one.passage.id for other in out)
        if same < 2 and one.score >= found[0].score * _NEARLY:
            out.append(one)
    return out
