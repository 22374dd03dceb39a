"""Identifiers of the standards: every reading of one, its titles and attributes, and what it corresponds to elsewhere.

The one place that knows how ids are spelt. The facts are the files of `frameworks/`, one a framework and one a mapping, and `general_threats.yaml`;
none of them holds a sentence of a standard.
"""

import csv
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Attributes
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml

from knowledge.errors import BadKnowledge

FRAMEWORKS = Path(__file__).with_name("frameworks")
GENERAL_THREATS = Path(__file__).with_name("general_threats.yaml")

ISO_2022, ISO_2013, AI, CSF, ATLAS = "iso27001-2022", "iso27001-2013", "iso42001", "nist-csf-2.0", "atlas"
THREAT, NO_THREAT = "threat", "none"
IEC = ("iec62443-3-3", "iec62443-2-1", "iec62443-3-2")
LISTS = (
    "control_type",
    "security_properties",
    "cybersecurity_concepts",
    "operational_capabilities",
    "security_domains",
)
"""The five kinds of attribute tags of a control of 2022."""


@dataclass(frozen=True)
class Framework:
    """A standard: its id in source ids, and the name people know it by."""

    id: str
    title: str


NAMES = {
    ISO_2022: "ISO/IEC 27001:2022",
    ISO_2013: "ISO/IEC 27001:2013",
    AI: "ISO/IEC 42001:2023",
    "iec62443-3-3": "IEC 62443-3-3:2013",
    "iec62443-2-1": "IEC 62443-2-1:2024",
    "iec62443-3-2": "IEC 62443-3-2:2020",
    CSF: "NIST CSF 2.0",
    ATLAS: "MITRE ATLAS",
    "documents": "Documents and records",
    THREAT: "General threats",
}
"""Frameworks in the order in which readings of one id are given."""


@dataclass(frozen=True)
class Control:
    """One entry of a framework: a control, clause, requirement, technique, or a group of them (`kind` says which)."""

    framework: str
    id: str
    title: str
    title_de: str
    kind: str
    parent_id: str = ""
    attributes: Attributes[str, tuple[str, ...]] = field(default_factory=dict, compare=False, repr=False)

    @property
    def source_id(self) -> str:
        """`iso27001-2022:A.8.24`."""
        return f"{self.framework}:{self.id}"

    @property
    def text(self) -> str:
        """Our sentence that belongs to it (a threat's example from a factory, a document's reason), else the title."""
        return (self.attribute("factory_example") or self.attribute("why") or (self.title,))[0]

    def attribute(self, name: str) -> tuple[str, ...]:
        """The values of a column; empty where the framework has no such column or the cell is empty."""
        return self.attributes.get(name, ())

    def named(self, language: str) -> str:
        """Its short title in `de` or `en`."""
        return self.title_de if language == "de" else self.title


@dataclass(frozen=True)
class Mapping:
    """A pair of source ids that belong together; `basis` says who says so, or by way of which ids."""

    source: str
    target: str
    relation: str
    basis: str


@dataclass(frozen=True)
class Spelled:
    """An id as it stands in a text: where, how it is written properly, and in which form it was meant.

    `form` is annex (A.8.24), clause, bare (8.24), code (SR 1.1, PR.AA-01, AML.T0020) or unclear (A12).
    """

    start: int
    end: int
    id: str
    form: str
    cue: str = ""


class Catalogue:
    """All frameworks and mappings; made once by `catalogue()`."""

    def __init__(self, folder: Path = FRAMEWORKS) -> None:
        self.frameworks = {id_: Framework(id_, title) for id_, title in NAMES.items()}
        self._all: dict[str, dict[str, Control]] = {id_: {} for id_ in NAMES}
        self._children: dict[str, list[Control]] = defaultdict(list)
        self._links: dict[str, dict[str, Mapping]] = defaultdict(dict)
        self._threats: list[Control] = []
        self._renumbered: dict[str, str] = {}
        self._topics: dict[str, list[Mapping]] = defaultdict(list)
        self._added = {
            row["domain_2013"]: tuple(filter(None, row["new_2022_controls_to_add"].split(";")))
            for row in _rows(folder / "map-guide-domains.csv")
        }
        for framework in (ISO_2022, ISO_2013, AI, *IEC, CSF):
            for row in _rows(folder / f"{framework}.csv"):
                self._add(_control(framework, row))
        self._load_documents(folder / "documents.csv")
        self._load_links(folder)
        self._load_atlas(folder)
        self._load_general(GENERAL_THREATS)

    def get(self, framework: str, id_: str) -> Control | None:
        """The entry with exactly that id, for ATLAS also with the number of a newer release."""
        known = self._all.get(framework, {})
        return known.get(id_) or (known.get(self._renumbered.get(id_, "")) if framework == ATLAS else None)

    def by_source(self, source_id: str) -> Control | None:
        """The entry of a source id such as `iso27001-2022:A.8.24`."""
        framework, _, id_ = source_id.partition(":")
        return self.get(framework, id_)

    def entries(self, framework: str, kind: str | None = None) -> list[Control]:
        """A framework's entries in the order of its file, of one kind or all."""
        return [entry for entry in self._all[framework].values() if kind is None or entry.kind == kind]

    def threats(self) -> list[Control]:
        """Every row of the threat table, as the ATLAS technique it is about; one technique may stand in two rows."""
        return self._threats

    def general_threats(self) -> list[Control]:
        """The threats to any IT and OT that stand beside those of the guide."""
        return self.entries(THREAT)

    def documents(self) -> list[Control]:
        """Documents and records: `kind` says whether clauses demand them or only an applicable control."""
        return self.entries("documents")

    def within(self, control: Control) -> list[Control]:
        """The entry itself, and where it is a group everything below it."""
        below = [entry for child in self._children[control.source_id] for entry in self.within(child)]
        return [control, *below]

    def look_up(self, spelling: str, framework: str | None = None) -> list[Control]:
        """Every reading of an id however it is spelt, 2022 first; empty when it does not exist."""
        found = spelled(spelling.strip(), strict=False)
        return self.readings(found[0], framework) if found else []

    def readings(self, found: Spelled, framework: str | None = None) -> list[Control]:
        """Every reading of an id found in a text, only that framework's when one is named; a technique may be held by its parts alone."""
        ids = _ids(found)
        if framework:
            parts = IEC if framework == "iec62443" else (framework,)
            return [entry for id_ in ids for part in parts if (entry := self.get(part, id_))]
        if found.form == "code":
            whole = [entry for name in (*IEC, CSF, ATLAS) if (entry := self.get(name, _base(found.id)))]
            return whole or [entry for entry in self.entries(ATLAS) if entry.id.startswith(f"{found.id}.")]
        clause = self._clause_readings(found.id) if found.form in ("clause", "bare") else []
        if found.form == "clause":
            return clause
        annex_id = found.id if found.form == "annex" else f"A.{found.id}"
        annex = [entry for name in (ISO_2022, ISO_2013, AI) if (entry := self.get(name, annex_id))]
        if found.form == "annex":
            return annex
        if clause and clause[0].framework == ISO_2022:
            return clause + [entry for entry in annex if entry.framework == ISO_2022]
        return annex or clause

    def leading(self, line: str, framework: str) -> Iterator[Control]:
        """The entry whose id opens the line, as in `8.24 Use of cryptography`; at most one."""
        for found in spelled(line, strict=False):
            if line[: found.start].strip(" #*-§\t") == "" and found.form != "unclear":
                yield from self.readings(found, framework)[:1]
            return

    def between(self, first: Control, last: Control) -> list[Control]:
        """What lies between two entries of one group, without the two: the middle of a range."""
        if first.framework != last.framework or first.parent_id != last.parent_id:
            return []
        order = [entry for entry in self.entries(first.framework) if entry.parent_id == first.parent_id and entry.kind == first.kind]
        return order[order.index(first) + 1 : order.index(last)] if last in order else []

    def successors(self, id_2013: str) -> list[Control]:
        """The entries of 2022 that took over one of 2013, also those of all controls of an objective or domain."""
        return [entry for entry, _, _ in self.related(f"{ISO_2013}:{id_2013}", ISO_2022)]

    def predecessors(self, id_2022: str) -> list[Control]:
        """The entries of 2013 that went into one of 2022; empty for a new one."""
        return [entry for entry, _, _ in self.related(f"{ISO_2022}:{id_2022}", ISO_2013)]

    def added(self, domain_2013: str) -> tuple[str, ...]:
        """The new controls of 2022 that the guide sets beside a domain of 2013."""
        return self._added.get(domain_2013, ())

    def mappings(self, source_id: str) -> list[Mapping]:
        """Every pair that the files hold for an id, from its side."""
        return list(self._links[source_id].values())

    def topics(self) -> list[str]:
        """Topics that ISO/IEC 27001 and IEC 62443 share, such as `Access control`."""
        return list(self._topics)

    def alignment(self, topic: str) -> list[Mapping]:
        """The pairs of ISO/IEC 27001 and IEC 62443 that belong to a shared topic."""
        return self._topics.get(topic, [])

    def related(self, source_id: str, framework: str) -> list[tuple[Control, str, str]]:
        """(entry, relation, basis) of another framework (`iec62443` is all its parts), in the order of its file.

        Where no file maps the two frameworks to each other, the way goes over ISO/IEC 27001:2022 and basis says by way of which id.
        """
        start = self.by_source(source_id)
        if start is None:
            return []
        wanted = IEC if framework == "iec62443" else (framework,)
        found: dict[str, tuple[str, list[str]]] = {}
        for entry in self.within(start):
            for link in self._links[entry.source_id].values():
                if link.target.partition(":")[0] in wanted:
                    found.setdefault(link.target, (link.relation, []))[1].append(link.basis)
        if not found and start.framework != ISO_2022 and ISO_2022 not in wanted:
            found = self._by_way_of_2022(start, wanted)
        ordered = sorted(
            filter(None, map(self.by_source, found)), key=lambda entry: (wanted.index(entry.framework), self._places[entry.source_id])
        )
        return [(entry, found[entry.source_id][0], "; ".join(dict.fromkeys(found[entry.source_id][1]))) for entry in ordered]

    @cached_property
    def _places(self) -> dict[str, int]:
        """Where each entry stands in its file."""
        return {entry.source_id: place for entries in self._all.values() for place, entry in enumerate(entries.values())}

    def _by_way_of_2022(self, start: Control, wanted: tuple[str, ...]) -> dict[str, tuple[str, list[str]]]:
        found: dict[str, tuple[str, list[str]]] = {}
        for middle, _, _ in self.related(start.source_id, ISO_2022):
            for link in self._links[middle.source_id].values():
                if link.target.partition(":")[0] in wanted and link.target != start.source_id:
                    found.setdefault(link.target, ("related", []))[1].append(middle.id)
        return {target: (relation, ["by way of " + ", ".join(dict.fromkeys(ids))]) for target, (relation, ids) in found.items()}

    def _clause_readings(self, id_: str) -> list[Control]:
        now, old = self.get(ISO_2022, id_), self.get(ISO_2013, id_)
        found = [now] if now else []
        # Of 2013 only the clauses that moved are held; one that kept its number and title is no second reading.
        if old and (now is None or old.title != now.title):
            found.append(old)
        other = self.get(AI, id_)
        return found or ([other] if other else [])

    def _add(self, control: Control) -> None:
        self._all[control.framework][control.id] = control
        if control.parent_id:
            self._children[f"{control.framework}:{control.parent_id}"].append(control)

    def _link(self, one: str, other: str, relation: str, basis: str, path: Path) -> None:
        for source in (one, other):
            if self.by_source(source) is None:
                raise BadKnowledge(f"{path.name}: {source} is in no framework file; correct the id or add it there")
        self._links[one][other] = Mapping(one, other, relation, basis)
        self._links[other][one] = Mapping(other, one, relation, basis)

    def _load_links(self, folder: Path) -> None:
        path = folder / "map-2013-2022.csv"
        for row in _rows(path):
            self._link(f"{ISO_2013}:{row['id_2013']}", f"{ISO_2022}:{row['id_2022']}", row["relation"], "public mappings", path)
        path = folder / "map-clauses-2013-2022.csv"
        for row in _rows(path):
            if row["clause_2013"]:
                self._link(f"{ISO_2013}:{row['clause_2013']}", f"{ISO_2022}:{row['clause_2022']}", row["note"], "public mappings", path)
        path = folder / "map-2022-42001.csv"
        for row in _rows(path):
            self._link(f"{ISO_2022}:{row['id_2022']}", f"{AI}:{row['id_42001']}", row["relation"], row["basis"], path)
        path = folder / "map-2022-62443.csv"
        for row in _rows(path):
            target = f"iec{row['standard_62443'].removeprefix('IEC ').partition(':')[0]}:{row['id_62443']}"
            self._link(f"{ISO_2022}:{row['id_2022']}", target, "related", row["basis"], path)
            if row["guide_alignment_row"]:
                self._topics[row["guide_alignment_row"]].append(self._links[f"{ISO_2022}:{row['id_2022']}"][target])
        path = folder / "map-2022-csf.csv"
        for row in _rows(path):
            self._link(f"{ISO_2022}:{row['id_2022']}", f"{CSF}:{row['id_csf']}", row["relation"], row["basis"], path)

    def _load_documents(self, path: Path) -> None:
        for row in _rows(path):
            row = {**row, "title": row["name"]}
            self._add(_control("documents", row))

    def _load_atlas(self, folder: Path) -> None:
        path = folder / "atlas.csv"
        for row in _rows(path):
            row = {**row, "threat": row["id"], "id": row["atlas_id"], "title": row["atlas_name"], "kind": "technique"}
            threat = _control(ATLAS, row)
            self._threats.append(threat)
            known = self.get(ATLAS, threat.id)
            self._all[ATLAS][threat.id] = _merged(known, threat) if known else threat
            self._link_answers(threat, path)
        path = folder / "atlas-mitigations.csv"
        for row in _rows(path):
            measure = _control(ATLAS, {**row, "id": row["atlas_mitigation_id"], "title": row["name"], "kind": "mitigation"})
            self._add(measure)
            for id_ in measure.attribute("controls_27001_2022"):
                self._link(measure.source_id, f"{ISO_2022}:{id_}", "carries out", "own", path)
        # A technique that MITRE renumbered answers to both numbers.
        newer = {threat.attribute("atlas_id_release_2026_07")[0]: threat.id for threat in self._threats}
        self._renumbered = {new: old for new, old in newer.items() if new not in self._all[ATLAS]}

    def _load_general(self, path: Path) -> None:
        for id_, entry in general_threats(path).items():
            if id_ == NO_THREAT:
                continue
            threat = _general_threat(id_, entry)
            self._add(threat)
            self._link_answers(threat, path)

    def _link_answers(self, threat: Control, path: Path) -> None:
        """Link a threat to what answers it."""
        for column, frameworks in (("controls_27001_2022", (ISO_2022,)), ("controls_42001", (AI,)), ("ids_62443", IEC)):
            for id_ in threat.attribute(column):
                homes = [name for name in frameworks if self.get(name, id_)]
                self._link(threat.source_id, f"{(homes or frameworks)[0]}:{id_}", "answers", "own", path)


# --- spelling --------------------------------------------------------------------------------------------------

_DOT = r"\s?\.\.?\s?"
_END = r"(?![^\W_])(?!\.\d)(?!-\d)"
_START = r"(?<![^\W_])(?<!\d\.)(?<![^\W\d_]-)"
_CLAUSE_CUE = (
    r"(?:sub-?)?(?:clauses?|sections?|chapters?)|(?:unter|norm)?(?:abschnitt(?:e|en|s)?|kapiteln?|klauseln?|ziffern?|punkte?)|"
    r"kap\.?|cl\.?|abs\.|abschn\.?|ziff\.?|§§?"
)
_ANNEX_CUE = r"(?:ann?ex|anhang|anh\.)(?:[\s-]*a\b,?)?"
_CONTROL_CUE = (
    rf"controls?|cont?r?o?ls?|kontrollen?|ctr?l|ma(?:ß|ss)nahmen?|(?:{_ANNEX_CUE}\s*)?(?:controls?|ma(?:ß|ss)nahmen?)|{_ANNEX_CUE}|"
    r"(?:iso(?:/iec)?\s*)?27002(?::\s?\d{4})?"
)
_CUE = rf"(?:(?<![^\W\d_])(?:{_CLAUSE_CUE})|{_CONTROL_CUE})"
_TO_NUMBER = r"[\s:.(#/\"'„“-]*(?:(?:mit der |with (?:the )?)?(?:nr\.?|no\.?|nummer|number|id)\s*[\s:.#]*)?"
"""What may stand between the cue of a number and the number: `control no. 8.24`, `Annex A (5.12)`, `Maßnahme mit der Nummer 8.24`."""
_ANNEX = re.compile(
    rf"(?:(?P<cue>{_CUE})[\s:.(-]*)?{_START}A(?P<dot>\s?[._]?\.?\s?|[-,:/](?=\d{{1,2}}\.\d))(?P<number>\d{{1,2}}(?:(?:{_DOT}|"
    rf"_)\d{{1,3}}){{0,2}})(?![^\W_])(?!\.\d)(?!-\d{{3}})",
    re.IGNORECASE,
)
_SLIP = re.compile(
    rf"(?:{_START}(?P<a>A)(?P<stop>[\s._,:/-]?)|(?P<cue>{_CUE}){_TO_NUMBER}(?:A[\s._,:/-]?)?)"
    rf"(?P<one>\d{{1,2}})(?P<joint>[,_-]|\s(?:(?:dot|point|punkt)\s)?)(?P<two>\d{{1,2}})(?:(?P=joint)(?P<three>\d{{1,2}}))?{_END}(?!,\d)",
    re.IGNORECASE,
)
"""Something else written for the stops of a number: `A.8,24`, `A8-24`, `Maßnahme 8,24`, `annex a 5 12`, `clause 6-1-2`, `A 8 dot 28`."""
_NUMBER = re.compile(
    rf"(?:(?P<cue>{_CUE}){_TO_NUMBER}|(?<![^\W_])(?<!\d[.,:/])(?<![^\W\d_]-)(?<![$€£]))(?P<number>\d{{1,2}}(?:\.\d{{1,2}}){{0,2}})"
    r"(?:(?![^\W_])|(?=[a-i]\))|(?<=\d\.\d)(?=[a-i]\b))(?!\.\d)(?!-\d(?!\d?\.\d))",
    re.IGNORECASE,
)
"""A number by itself or behind its cue; the letter of a clause may stick to it, as in `clause 6.1.3d` and `6.1.3d)`."""
_OF_ANNEX = re.compile(r"\s+(?:\(|(?:im|in|of|aus|des|von)\s)\s*(?:the\s+)?(?:anhangs?|annex)\b", re.IGNORECASE)
_BEFORE_CLAUSE = re.compile(rf"(?:27002(?::\s?\d{{4}})?|{_ANNEX_CUE})[\s,-]*$", re.IGNORECASE)
_OF_27002 = re.compile(r"\s+(?:(?:of|in|from|der|des|aus)\s+)?(?:iso(?:/iec)?[\s-]*)?27002\b", re.IGNORECASE)
"""What makes a clause a control: it is one of Annex A, or of ISO/IEC 27002, which numbers its clauses as the controls are numbered."""
EVERYDAY = ("ORG", "CM", "NET", "COMP", "DATA", "USER", "EVENT", "AVAIL", "SPE")
"""Letters of requirements of IEC 62443-2-1; most are everyday words, so small ones count only beside the name of the standard."""
_CODES = (
    re.compile(
        rf"{_START}(?P<head>S\.R\.|SR|ZCR|(?-i:FR|fr)|(?-i:CR)(?=\s?\d\d?\.\d)|foundational requirement)(?:\s?[.:]?\s?|-)"
        rf"(?P<number>\d{{1,2}}(?:(?:{_DOT}|[,\s-])\d{{1,2}})?)(?:,?\s*\(?RE[\s-]?\(?(?P<re>\d)\)?)?{_END}",
        re.IGNORECASE,
    ),
    re.compile(rf"{_START}(?<![.-])(?P<head>{'|'.join(EVERYDAY)})[\s-]?(?P<number>\d(?:\.\d{{1,2}})?){_END}", re.IGNORECASE),
    re.compile(
        rf"{_START}(?P<head>GV|ID|PR|DE|RS|RC)(?:\s?\.\s?(?P<category>[A-Z]{{2}})\s?[-–.]?\s?|[\s-]?(?P<stuck>[A-Z]{{2}})-\s?)"
        r"(?P<csf>\d{1,2})(?![^\W_])",
        re.IGNORECASE,
    ),
    re.compile(rf"{_START}(?P<head>GV|ID|PR|DE|RS|RC)\s(?P<stuck>[A-Z]{{2}})\s(?P<csf>\d{{1,2}}){_END}"),
    re.compile(rf"(?:(?<=csf )|(?<=nist ))(?P<head>gv|id|pr|de|rs|rc)\s(?P<stuck>[a-z]{{2}})\s(?P<csf>\d{{1,2}}){_END}", re.IGNORECASE),
    re.compile(rf"{_START}(?P<head>GV|ID|PR|DE|RS|RC)\.(?P<category>[A-Z]{{2}})(?![^\W_])(?!-\d)"),
    re.compile(rf"{_START}(?:AML|atlas)[\s.-]{{0,2}}(?P<atlas>[TM]\s?\d{{4}}(?:\.\d{{3}})?){_END}", re.IGNORECASE),
    re.compile(rf"{_START}(?P<short>T0\d{{3}}(?:\.\d{{3}})?){_END}", re.IGNORECASE),
)
_STOPS = str.maketrans({"。": ".", "·": ".", "•": ".", "∙": ".", "‧": ".", "․": ".", "‐": "-", "‑": "-", "‒": "-"})


def fold(text: str) -> str:
    """The text with full-width letters and digits, and all sorts of stops and hyphens, as plain ones, of the same length."""
    if text.isascii():
        return text
    folded = (unicodedata.normalize("NFKC", char) for char in text)
    return "".join((plain if len(plain) == 1 else char) for plain, char in zip(folded, text, strict=True)).translate(_STOPS)


def spelled(text: str, strict: bool = True) -> list[Spelled]:
    """Everything in a text that has the form of an id, in order; the cue is the word before it (`clause`, `Maßnahme`).

    Strict leaves out whole numbers without a cue. Whether the words around make a bare number something else is the caller's to judge.
    """
    text = fold(text)
    found: list[Spelled] = []
    for pattern in _CODES:
        found += [code for match in pattern.finditer(text) if (code := _code(match))]
    found += [slip for match in _SLIP.finditer(text) if (slip := _slip(match))]
    found += [annex for match in _ANNEX.finditer(text) if (annex := _annex(match))]
    taken = [(one.start, one.end) for one in found]
    for match in _NUMBER.finditer(text):
        start, end = match.span("number")
        if any(start < stop and begin < end for begin, stop in taken):
            continue
        number, cue = match["number"], (match["cue"] or "").lower()
        if "." not in number and (not cue or (strict and not re.fullmatch(_CLAUSE_CUE, cue, re.IGNORECASE))):
            continue
        form = "bare" if not cue else "clause" if re.fullmatch(_CLAUSE_CUE, cue, re.IGNORECASE) else "annex"
        begin = match.start("cue") if cue else start
        if _OF_ANNEX.match(text, end) or (cue and (_BEFORE_CLAUSE.search(text, 0, begin) or _OF_27002.match(text, end))):
            form = "annex"
        found.append(Spelled(begin, end, f"A.{number}" if form == "annex" else number, form, cue))
    return _with_lists(text, _outermost(found))


_JOINT = r"\s*(?:,|;|/|&|\+|-|–|,?\s*(?:and|und|u\.|or|oder|to|bis|through|sowie|plus|as well as|bzw\.|vs\.?|versus))\s*"
_NEXT = re.compile(
    rf"(?P<joint>{_JOINT})(?P<number>\d{{1,2}}(?:\.\d{{1,2}}){{0,2}}){_END}(?P<ends>\s*(?:[?!,;:).]|$))?",
    re.IGNORECASE,
)
"""A further number of a list or a range: `A.8.15 and 8.16`, `clauses 4.1 to 10.2`, `SR 2.8, 2.9`, `A.8.15/16`."""
_JOINED = re.compile(_JOINT, re.IGNORECASE)
_NEXT_SUBCATEGORY = re.compile(rf"{_JOINT}-?(?P<number>\d\d){_END}", re.IGNORECASE)


def _with_lists(text: str, found: list[Spelled]) -> list[Spelled]:
    """What was found, with the bare numbers that go on with a list, each in the form of the one before."""
    out: list[Spelled] = []
    whole = [one.start for one in found if one.form != "bare"]
    for one in found:
        if out and one.start < out[-1].end:
            continue
        out.append(one)
        while (further := _further(text, out[-1])) and not any(out[-1].end <= start < further.end for start in whole):
            out.append(further)
    for place in range(len(out) - 2, -1, -1):  # `5.9 to 5.11 of Annex A`: what is said of the last holds for all
        one, following = out[place : place + 2]
        if (
            one.form == "bare"
            and following.form == "annex"
            and text[following.start].isdigit()
            and _JOINED.fullmatch(text, one.end, following.start)
        ):
            out[place] = Spelled(one.start, one.end, f"A.{one.id}", "annex", "list")
    return out


def _further(text: str, last: Spelled) -> Spelled | None:
    if last.form == "code" and " " not in last.id:
        return _further_subcategory(text, last)
    match = _NEXT.match(text, last.end)
    if not match or (last.form == "bare" and (match["joint"] != "/" or "." not in match["number"])):
        return None
    head = "A." if last.form == "annex" else "".join(last.id.partition(" ")[:2]) if last.form == "code" else ""
    number, before = match["number"], last.id.removeprefix(head)
    if "." not in number:  # `A.8.15/16` leaves out the 8
        if match["joint"] not in ("/", "-", "–", "+") and match["ends"] is None:
            return None
        number = f"{before.rpartition('.')[0]}.{number}".lstrip(".")
    return Spelled(match.start("number"), match.end("number"), f"{head}{number}", last.form, "list")


def _further_subcategory(text: str, last: Spelled) -> Spelled | None:
    """The 02 of `GV.OC-01/02` and `GV.OC-01 and -02`."""
    match = _NEXT_SUBCATEGORY.match(text, last.end)
    id_ = f"{last.id.rpartition('-')[0]}-{match['number']}" if match else ""
    return Spelled(match.start("number"), match.end(), id_, "code", "list") if match and catalogue().get(CSF, id_) else None


def _annex(match: re.Match[str]) -> Spelled | None:
    number, joint, cue = (
        re.sub(r"(?<!\d)0(?=\d)", "", re.sub(r"\.+", ".", re.sub(r"\s", "", match["number"]).replace("_", "."))),
        re.sub("[-_,:/]", ".", match["dot"]),
        (match["cue"] or "").lower(),
    )
    if "." not in number and "." not in joint:
        named = cue.startswith(("annex", "anhang", "control", "maß", "mass"))
        alone = match.string[match.start()] == "A" and not re.search(r"\w", match.string[: match.start()] + match.string[match.end() :])
        if not named and joint and not alone:
            return None
        return Spelled(match.start(), match.end(), f"A.{number}" if named else f"A{number}", "annex" if named else "unclear", cue)
    return Spelled(match.start(), match.end(), f"A.{number}", "annex", cue)


def _slip(match: re.Match[str]) -> Spelled | None:
    """The entry that is meant, where there is one: with any other number the comma, hyphen or blank is meant as it stands."""
    cue, joint = (match["cue"] or "").lower(), match["joint"]
    number = ".".join(filter(None, match.group("one", "two", "three")))
    if joint == "-" and (match["stop"] == "." or (cue and _themes(match["one"], match["two"]))):
        return None  # a range
    if joint[0].isspace() and match["a"] == "a" and re.match(r"\s*[^\W_]", match.string[match.end() :]):
        return None  # the article: `a 5 10 minute break`
    if cue and re.fullmatch(_CLAUSE_CUE, cue, re.IGNORECASE):
        known = any(catalogue().get(framework, number) for framework in (ISO_2022, AI))
        return Spelled(match.start(), match.end(), number, "clause", cue) if known else None
    known = any(catalogue().get(framework, f"A.{number}") for framework in (ISO_2022, ISO_2013, AI))
    meant = known or (joint[0].isspace() and re.fullmatch(_ANNEX_CUE, cue, re.IGNORECASE) and not match["three"])
    return Spelled(match.start(), match.end(), f"A.{number}", "annex", "slip") if meant else None


def _themes(*numbers: str) -> bool:
    return all((entry := catalogue().get(ISO_2022, f"A.{number}")) and entry.kind == "theme" for number in numbers)


def _code(match: re.Match[str]) -> Spelled | None:
    parts = match.groupdict()
    if parts.get("head", "").upper() in EVERYDAY and not parts["head"].isupper() and "62443" not in match.string:
        return None
    if parts.get("stuck") and not catalogue().get(CSF, f"{parts['head']}.{parts['stuck']}".upper()):
        return None
    if short := parts.get("short"):  # `T0054`; a ticket may be numbered so too
        id_ = f"AML.{short.upper()}"
        if not any(threat.id.startswith(id_) for threat in catalogue().threats()):
            return None
    elif parts.get("atlas"):
        id_ = f"AML.{parts['atlas'].upper().replace(' ', '')}"
    elif category := parts.get("category") or parts.get("stuck"):
        id_ = f"{parts['head']}.{category}".upper() + (f"-{int(parts['csf']):02d}" if parts.get("csf") else "")
    else:
        return _requirement(match)
    return Spelled(match.start(), match.end(), id_, "code")


def _requirement(match: re.Match[str]) -> Spelled:
    """One of IEC 62443; `SR 1 13` and `SR 1-13` are SR 1.13, but `FR 1-7` begins a range."""
    head, number, end = match["head"].upper().replace(".", ""), re.sub(r"[\s,-]*[\s,.-][\s,.-]*", ".", match["number"]), match.end()
    head = "FR" if head.startswith("FOUND") else head
    if "." in number and "." not in match["number"] and not any(catalogue().get(part, f"{head} {number}") for part in IEC):
        number = number.partition(".")[0]
        end = match.start("number") + len(number)
    enhancement = match.groupdict().get("re")
    return Spelled(match.start(), end, f"{head} {number}" + (f" RE {enhancement}" if enhancement else ""), "code")


def _outermost(found: list[Spelled]) -> list[Spelled]:
    out: list[Spelled] = []
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if not out or one.start >= out[-1].end:
            out.append(one)
    return out


def _base(id_: str) -> str:
    """The system requirement that an enhancement or a component requirement belongs to: `SR 1.1` of `SR 1.1 RE 1` and of `CR 1.1`."""
    return re.sub("^CR ", "SR ", id_.partition(" RE ")[0])


def _ids(found: Spelled) -> list[str]:
    """The ids that a spelling can stand for inside one framework: a bare number is a clause before it is a control."""
    return [found.id, f"A.{found.id}"] if found.form == "bare" else [_base(found.id)]


# --- files -----------------------------------------------------------------------------------------------------


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadKnowledge(f"{path.name}: cannot be read as CSV ({error})") from error


def _control(framework: str, row: dict[str, str]) -> Control:
    for column in ("id", "title", "kind"):
        if not row.get(column):
            raise BadKnowledge(f"{framework}.csv: row {row!r} needs a value in column {column}")
    whole = {"id", "kind", "parent_id", "title", "title_de", "factory_example", "why", "name", "review_cycle"}
    attributes = {
        column: (value,) if column in whole else tuple(part.strip() for part in value.split(";"))
        for column, value in row.items()
        if value and column not in ("id", "kind", "parent_id", "title", "title_de")
    }
    return Control(
        framework, row["id"], row["title"], row.get("title_de") or row["title"], row["kind"], row.get("parent_id", ""), attributes
    )


def general_threats(path: Path = GENERAL_THREATS) -> dict[str, Any]:
    """The general threats as they are written, by id, and what is none under `NO_THREAT`. Raises BadKnowledge."""
    try:
        found: dict[str, Any] = yaml.load(path.read_text("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  a safe loader, in C
        return found
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadKnowledge(f"{path.name}: cannot be read as YAML ({error})") from error


def _general_threat(id_: str, entry: Attributes[str, Any]) -> Control:
    columns = {
        "security_properties_hit": entry["does"],
        "seen": [entry["seen"]],
        "consequence": [entry["consequence"]["en"]],
        "consequence_de": [entry["consequence"]["de"]],
        "controls_27001_2022": entry["controls"],
        "controls_42001": entry.get("controls_42001", ()),
        "ids_62443": entry["iec62443"],
        "attack_ics_ids": entry["attack_ics"],
        "on_ai": entry["on_ai"],
        "words": entry["words"].split(),
    }
    attributes = {name: tuple(values) for name, values in columns.items() if values}
    return Control(THREAT, id_, entry["en"], entry["de"], "threat", "", attributes)


def _merged(one: Control, other: Control) -> Control:
    names = dict.fromkeys([*one.attributes, *other.attributes])
    both = {name: tuple(dict.fromkeys(one.attribute(name) + other.attribute(name))) for name in names}
    return Control(one.framework, one.id, one.title, one.title_de, one.kind, one.parent_id, both)


def joined(entries: Iterable[Control], language: str = "en") -> str:
    """`A.8.15 Logging, A.8.16 Monitoring activities`."""
    return ", ".join(f"{entry.id} {entry.named(language)}" for entry in entries)


@cache
def catalogue() -> Catalogue:
    """The catalogue of the files that ship. Raises BadKnowledge naming the file and row that is not in its form."""
    return Catalogue()


def look_up(spelling: str, framework: str | None = None) -> list[Control]:
    """Every reading of an id however it is spelt, 2022 first; empty when it does not exist."""
    return catalogue().look_up(spelling, framework)


def successors(id_2013: str) -> list[Control]:
    """The entries of 2022 that took over one of 2013."""
    return catalogue().successors(id_2013)


def predecessors(id_2022: str) -> list[Control]:
    """The entries of 2013 that went into one of 2022."""
    return catalogue().predecessors(id_2022)


def related(source_id: str, framework: str) -> list[tuple[Control, str, str]]:
    """(entry, relation, basis) of another framework that belong to an id."""
    return catalogue().related(source_id, framework)
