"""A query over the catalogue: its conditions, its result, and the printed form that can be run again.

A condition names a column or a relation, an operator, and its values; conditions of one group are alternatives, groups all hold.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from knowledge import controls
from knowledge.controls import AI, ATLAS, CSF, IEC, ISO_2013, ISO_2022, NAMES, Control
from knowledge.errors import BadKnowledge

SHOWN_IN_SENTENCE = 40
THREATS = {
    "training data poisoning": r"poison|erode dataset",
    "model poisoning": r"poison",
    "model extraction": r"model extraction|extract ai model|intellectual property theft",
    "model inversion": r"model inversion|invert ai model|training data membership",
    "adversarial inputs": r"adversarial|evade ai model",
    "api abuse": r"api abuse",
    "denial of service": r"denial of service|denial of ai service|cost harvesting|chaff",
    "insider threats": r"insider",
    "unauthorized access": r"unauthorized access",
    "data breaches": r"data breaches",
    "prompt injection": r"prompt injection",
    "jailbreak": r"jailbreak",
    "backdoor": r"backdoor",
    "supply chain compromise": r"supply chain",
    "data leakage": r"leakage|exfiltration",
    "phishing": r"phishing",
}
"""What people call a threat, and the threats of the table (guide threat and technique) that are meant."""


@dataclass(frozen=True)
class Condition:
    """`field operator values`: the column holds any (is), all, none (lacks), not all (misses), only them, or not them alone (beyond).

    atleast, atmost and exactly count a column's values; contains is of titles; under and between are of ids; maps and added of source ids;
    links and unlinked count entries of another framework; most are those that no other entry found exceeds.
    """

    field: str
    operator: str
    values: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.field} {self.operator} {' or '.join(self.values)}"


@dataclass(frozen=True)
class CatalogueQuery:
    """Entries of one framework (`iec62443` is all its parts) that meet every group of conditions.

    `by` counts or orders by a column, `show` are columns asked for beside id and title, `unused` is what the question names besides.
    """

    framework: str
    kinds: tuple[str, ...]
    where: tuple[tuple[Condition, ...], ...] = ()
    by: str = ""
    sort: str = ""
    first: int = 0
    count: bool = False
    show: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    language: str = "en"


@dataclass(frozen=True)
class CatalogueResult:
    """A table (a source id for each row), how many there are in all, and a sentence that says so in both languages.

    `about` are the source ids of the entries that the question named; the rows are what belongs to them, or lies below them.
    """

    columns: list[str]
    rows: list[list[str]]
    total: int
    canonical: str
    source_ids: list[str]
    sentence_en: str
    sentence_de: str
    about: tuple[str, ...] = ()


def canonical(query: CatalogueQuery) -> str:
    """`catalogue iso27001-2022 | kind control | theme is Physical | in en`, which `run_canonical` reads."""
    parts = [f"catalogue {query.framework}", f"kind {' or '.join(query.kinds)}"]
    parts += [" or else ".join(str(condition) for condition in group) for group in query.where]
    parts += [f"show {' or '.join(query.show)}"] if query.show else []
    parts += [f"unused {' or '.join(query.unused)}"] if query.unused else []
    parts += [f"{word} {value}" for word, value in (("by", query.by), ("sort", query.sort), ("first", query.first)) if value]
    return " | ".join([*parts, *(["count"] if query.count else []), f"in {query.language}"])


def run_canonical(text: str) -> CatalogueResult:
    """The result of a printed query. Raises BadKnowledge when the text is not one."""
    return run(_read_canonical(text))


def run(query: CatalogueQuery) -> CatalogueResult:
    """The entries that the query asks for, in the order of their framework unless it says otherwise."""
    found = _most(
        [entry for entry in _entries(query) if all(any(_holds(entry, one, query) for one in group) for group in query.where)], query
    )
    found = _sorted(found, query)
    total = len(found)
    if query.by and query.count:
        return _counted(query, found)
    shown = found[: query.first] if query.first else found
    extra = _extra_columns(query)
    columns = [_label(name, query.language) for name in ("id", "title", *extra)]
    rows = [[entry.id, entry.named(query.language), *(_cell(entry, name, query) for name in extra)] for entry in shown]
    return CatalogueResult(
        columns,
        rows,
        total,
        canonical(query),
        [_cited(entry) for entry in shown],
        _sentence(query, found, shown, "en"),
        _sentence(query, found, shown, "de"),
        _about(query),
    )


def _about(query: CatalogueQuery) -> tuple[str, ...]:
    """The source ids that the conditions of a query name."""
    names = IEC if query.framework == "iec62443" else (query.framework,)
    out: list[str] = []
    for condition in (condition for group in query.where for condition in group):
        if condition.operator in ("maps", "added"):
            out += condition.values
        elif condition.field == "id" and condition.operator in ("under", "is"):
            out += [f"{name}:{value}" for name in names for value in condition.values if controls.catalogue().get(name, value)]
        elif condition.field == "reference":
            out += [_source_of(value) for value in condition.values]
    return tuple(dict.fromkeys(out))


# --- which entries ---------------------------------------------------------------------------------------------


def _entries(query: CatalogueQuery) -> list[Control]:
    catalogue = controls.catalogue()
    names = IEC if query.framework == "iec62443" else (query.framework,)
    return [entry for name in names for entry in catalogue.entries(name) if entry.kind in query.kinds]


def _holds(entry: Control, condition: Condition, query: CatalogueQuery) -> bool:
    values, wanted = set(_values(entry, condition.field)), set(condition.values)
    match condition.operator:
        case "is":
            return bool(values & wanted)
        case "all":
            return wanted <= values
        case "only":
            return values == wanted
        case "lacks":
            return not values & wanted
        case "misses":
            return not wanted <= values
        case "beyond":
            return bool(values) and values != wanted
        case "atleast":
            return _size(entry, condition.field) >= int(condition.values[0])
        case "atmost":
            return _size(entry, condition.field) <= int(condition.values[0])
        case "exactly":
            return _size(entry, condition.field) == int(condition.values[0])
        case "most":
            return True
        case "contains":
            return any(re.search(rf"\b{re.escape(value)}", f"{entry.title} {entry.title_de}", re.IGNORECASE) for value in condition.values)
        case "under":
            return any(entry in _below(entry.framework, value) for value in condition.values)
        case "between":
            return _number(condition.values[0]) <= _number(entry.id) <= _number(condition.values[1])
        case "maps":
            return any(entry.source_id in _reached(source, query.framework) for source in condition.values)
        case "added":
            return any(entry.id == id_ for source in condition.values for id_ in controls.catalogue().added(source.partition(":")[2]))
        case "links":
            return len(_linked(entry, condition.field)) >= int(condition.values[0])
        case "unlinked":
            return not _linked(entry, condition.field)
        case "answers":
            return any(_answers(entry, value) for value in condition.values)
        case "topic":
            return any(entry.source_id in _on_topic(value) for value in condition.values)
    raise BadKnowledge(f"{condition.operator}: not an operator of a catalogue query")


def _most(found: list[Control], query: CatalogueQuery) -> list[Control]:
    """Those of the entries that have the most of what a condition names."""
    for condition in (condition for group in query.where for condition in group if condition.operator == "most"):
        highest = max((_size(entry, condition.field) for entry in found), default=0)
        found = [entry for entry in found if _size(entry, condition.field) == highest]
    return found


def _size(entry: Control, field: str) -> int:
    """How many values a column has, or how many entries of another framework belong to the entry."""
    return len(_linked(entry, field) if field in NAMES or field == "iec62443" else _values(entry, field))


def _values(entry: Control, field: str) -> tuple[str, ...]:
    match field:
        case "kind":
            return (entry.kind,)
        case "id":
            return (entry.id,)
        case "parent":
            return (entry.parent_id,)
        case "group":
            return (_top(entry).id,)
    return entry.attribute(field)


def _top(entry: Control) -> Control:
    above = controls.catalogue().get(entry.framework, entry.parent_id) if entry.parent_id else None
    return _top(above) if above else entry


def _below(framework: str, id_: str) -> list[Control]:
    group = controls.catalogue().get(framework, id_)
    return controls.catalogue().within(group)[1:] if group else []


def _linked(entry: Control, framework: str) -> list[Control]:
    return [other for other, _, _ in controls.related(entry.source_id, framework)]


def _reached(source: str, framework: str) -> set[str]:
    if framework == "documents":
        return {entry.source_id for entry in controls.catalogue().documents() if source.partition(":")[2] in entry.attribute("reference")}
    return {entry.source_id for entry, _, _ in controls.related(source, framework)}


def _answers(entry: Control, term: str) -> bool:
    pattern = re.compile(THREATS[term], re.IGNORECASE)
    for threat in controls.catalogue().threats():
        if pattern.search(f"{threat.attribute('guide_threat')[0]} {threat.title}"):
            if entry.framework == ATLAS and entry.kind == "technique" and entry.id == threat.id:
                return True
            column = {ISO_2022: "controls_27001_2022", AI: "controls_42001"}.get(entry.framework, "ids_62443")
            if entry.id in threat.attribute(column):
                return True
    return False


def _on_topic(topic: str) -> set[str]:
    pairs = controls.catalogue().alignment(topic)
    return {source for pair in pairs for source in (pair.source, pair.target)}


def _number(id_: str) -> tuple[str, tuple[int, ...]]:
    head = re.match(r"[^\d]*", id_)
    return (head.group() if head else "", tuple(int(part) for part in re.findall(r"\d+", id_)))


def _sorted(found: list[Control], query: CatalogueQuery) -> list[Control]:
    if query.sort == "title":
        return sorted(found, key=lambda entry: entry.named(query.language).lower())
    if query.sort == "-id":
        return found[::-1]
    if query.by:
        return sorted(found, key=lambda entry: _values(entry, query.by)[:1])
    return found


# --- how it is shown -------------------------------------------------------------------------------------------

_LABELS = {
    "id": ("Id", "Id"),
    "title": ("Title", "Titel"),
    "theme": ("Theme", "Thema"),
    "control_type": ("Control type", "Maßnahmenart"),
    "security_properties": ("Security properties", "Eigenschaften der Informationssicherheit"),
    "cybersecurity_concepts": ("Cybersecurity concepts", "Konzepte der Cybersicherheit"),
    "operational_capabilities": ("Operational capabilities", "Betriebliche Fähigkeiten"),
    "security_domains": ("Security domains", "Sicherheitsdomänen"),
    "new_in_2022": ("New in 2022", "Neu in 2022"),
    "changed_by_amd1_2024": ("Changed by Amendment 1:2024", "Geändert durch Amendment 1:2024"),
    "documented_information_required": ("Documented information required", "Dokumentierte Information gefordert"),
    "documented_information_name": ("Documented information", "Dokumentierte Information"),
    "kind": ("Kind", "Art"),
    "reference": ("Demanded by", "Gefordert durch"),
    "relation": ("Relation", "Beziehung"),
    "standard": ("Standard", "Norm"),
    "basis": ("Basis", "Grundlage"),
    "guide_threat": ("Threat", "Bedrohung"),
    "guide_group": ("Group of threats", "Gruppe von Bedrohungen"),
    "security_properties_hit": ("Security properties hit", "Betroffene Eigenschaften"),
    "parent": ("Part of", "Teil von"),
    "group": ("Part of", "Teil von"),
    "count": ("Number", "Anzahl"),
}
_NOUNS = {
    "control": ("control", "controls", "Maßnahme", "Maßnahmen"),
    "subclause": ("clause", "clauses", "Abschnitt", "Abschnitte"),
    "clause": ("main clause", "main clauses", "Hauptabschnitt", "Hauptabschnitte"),
    "domain": ("domain", "domains", "Bereich", "Bereiche"),
    "objective": ("objective", "objectives", "Ziel", "Ziele"),
    "requirement": ("requirement", "requirements", "Anforderung", "Anforderungen"),
    "foundational-requirement": (
        "foundational requirement",
        "foundational requirements",
        "grundlegende Anforderung",
        "grundlegende Anforderungen",
    ),
    "subcategory": ("subcategory", "subcategories", "Unterkategorie", "Unterkategorien"),
    "category": ("category", "categories", "Kategorie", "Kategorien"),
    "function": ("function", "functions", "Funktion", "Funktionen"),
    "technique": ("technique", "techniques", "Technik", "Techniken"),
    "mitigation": ("mitigation", "mitigations", "Gegenmaßnahme", "Gegenmaßnahmen"),
    "theme": ("theme", "themes", "Thema", "Themen"),
    "group": ("group", "groups", "Gruppe", "Gruppen"),
}


_GERMAN = {
    "Preventive": "präventiv",
    "Detective": "detektiv",
    "Corrective": "korrektiv",
    "Confidentiality": "Vertraulichkeit",
    "Integrity": "Integrität",
    "Availability": "Verfügbarkeit",
    "Identify": "Identifizieren",
    "Protect": "Schützen",
    "Detect": "Erkennen",
    "Respond": "Reagieren",
    "Recover": "Wiederherstellen",
    "Organizational": "organisatorisch",
    "People": "Personal",
    "Physical": "physisch",
    "Technological": "technologisch",
    "Governance": "Steuerung",
    "Asset_management": "Verwaltung der Werte",
    "Information_protection": "Schutz von Informationen",
    "Human_resource_security": "Personalsicherheit",
    "Physical_security": "physische Sicherheit",
    "System_and_network_security": "System- und Netzwerksicherheit",
    "Application_security": "Anwendungssicherheit",
    "Secure_configuration": "sichere Konfiguration",
    "Identity_and_access_management": "Identitäts- und Zugangsmanagement",
    "Threat_and_vulnerability_management": "Bedrohungs- und Schwachstellenmanagement",
    "Continuity": "Kontinuität",
    "Supplier_relationships_security": "Sicherheit in Lieferantenbeziehungen",
    "Legal_and_compliance": "Recht und Compliance",
    "Information_security_event_management": "Umgang mit Sicherheitsereignissen",
    "Information_security_assurance": "Nachweis der Informationssicherheit",
    "Governance_and_Ecosystem": "Steuerung und Umfeld",
    "Protection": "Schutz",
    "Defence": "Abwehr",
    "Resilience": "Widerstandsfähigkeit",
    "clause document": "Dokument, von einem Abschnitt gefordert",
    "clause record": "Aufzeichnung, von einem Abschnitt gefordert",
    "control document": "Dokument, nur bei anwendbarer Maßnahme",
    "control record": "Aufzeichnung, nur bei anwendbarer Maßnahme",
    "AI-specific document": "KI-spezifisches Dokument",
    "yes": "ja",
    "no": "nein",
}


def _label(name: str, language: str) -> str:
    if name in NAMES or name == "iec62443":
        return NAMES.get(name, "IEC 62443")
    return _LABELS.get(name, (name.replace("_", " ").capitalize(),) * 2)[language == "de"]


def _plain(value: str, german: bool = False) -> str:
    return _GERMAN.get(value, value.replace("_", " ")) if german else value.replace("_", " ")


def _extra_columns(query: CatalogueQuery) -> list[str]:
    """Columns beside id and title: what the conditions speak of, and the kind where several are listed."""
    if query.framework == "documents":
        return ["kind", "reference"]
    conditions = [condition for group in query.where for condition in group]
    fields = [condition.field for condition in conditions if condition.field in _LABELS and condition.field not in ("kind", "id", "title")]
    if any(condition.field == "documented_information_required" for condition in conditions):
        fields.append("documented_information_name")
    linked = [
        condition.field for condition in conditions if condition.operator in ("links", "exactly", "most") and condition.field in NAMES
    ]
    related = ["relation", "basis"] if any(condition.operator == "maps" for condition in conditions) else []
    standard = ["standard"] if query.framework == "iec62443" else []
    return list(dict.fromkeys([*([query.by] if query.by else []), *query.show, *fields, *linked, *related, *standard]))


def _cell(entry: Control, name: str, query: CatalogueQuery) -> str:
    if name == "standard":
        return NAMES[entry.framework]
    if name in ("relation", "basis"):
        return "; ".join(dict.fromkeys(_relation(entry, query, 1 if name == "relation" else 2)))
    if name in NAMES:
        return ", ".join(other.id for other in _linked(entry, name))
    return ", ".join(_plain(value, query.language == "de") for value in _values(entry, name))


def _relation(entry: Control, query: CatalogueQuery, part: int) -> Iterable[str]:
    for condition in (condition for group in query.where for condition in group if condition.operator == "maps"):
        for source in condition.values:
            for found in controls.related(source, query.framework):
                if found[0].source_id == entry.source_id:
                    yield str(found[part])
            if entry.framework == ISO_2022 and entry.id in controls.catalogue().added(source.partition(":")[2]):
                yield "new in 2022" if part == 1 else "guide"


def _cited(entry: Control) -> str:
    """A document is no source of its own: it rests on the clause or control that asks for it."""
    if entry.framework != "documents":
        return entry.source_id
    return _source_of(entry.attribute("reference")[0])


def _source_of(reference: str) -> str:
    """The source id of a clause or control as `documents.csv` writes it: 42001 with its number before, 2022 without."""
    return f"{AI}:{reference.removeprefix('42001:')}" if reference.startswith("42001:") else f"{ISO_2022}:{reference}"


def _counted(query: CatalogueQuery, found: list[Control]) -> CatalogueResult:
    numbers = Counter(value for entry in found for value in _values(entry, query.by))
    order = list(dict.fromkeys(value for entry in found for value in _values(entry, query.by)))
    rows = [[_plain(value, query.language == "de"), str(numbers[value])] for value in order]
    firsts = [next(entry.source_id for entry in found if value in _values(entry, query.by)) for value in order]
    columns = [_label(query.by, query.language), _label("count", query.language)]
    said = []
    for language in ("en", "de"):
        listed = ", ".join(f"{_plain(value, language == 'de')} {numbers[value]}" for value in order)
        said.append(f"{_head(query, found, language)}: {listed}.")
    return CatalogueResult(columns, rows, len(found), canonical(query), firsts, said[0], said[1], _about(query))


def _sentence(query: CatalogueQuery, found: list[Control], shown: list[Control], language: str) -> str:
    """What was found, and what of the question had no part in it."""
    said = _found(query, found, shown, language)
    if not query.unused:
        return said
    named = ", ".join(query.unused)
    return f"{said} " + (f"Nicht berücksichtigt: {named}." if language == "de" else f"Not taken into account: {named}.")


def _found(query: CatalogueQuery, found: list[Control], shown: list[Control], language: str) -> str:
    head = _head(query, found, language)
    if not shown:
        return f"{head}."
    if query.show:
        return " ".join(_described(entry, query.show, language) for entry in shown)
    if said := _translated(query, shown, language):
        return said
    if query.framework == "documents":
        names = [entry.named(language) for entry in shown]
    else:
        names = [entry.id if len(shown) > 12 else f"{entry.id} {entry.named(language)}" for entry in shown]
    rest = len(shown) - SHOWN_IN_SENTENCE
    listed = (", " if query.framework != "documents" else "; ").join(names[:SHOWN_IN_SENTENCE])
    if rest > 0:
        listed += f" und {rest} weitere" if language == "de" else f" and {rest} more"
    if query.first and query.first < len(found):
        end = ("letzten" if query.sort == "-id" else "ersten") if language == "de" else "last" if query.sort == "-id" else "first"
        head += f" (die {end} {query.first})" if language == "de" else f" (the {end} {query.first})"
    return f"{head}: {listed}."


def _translated(query: CatalogueQuery, shown: list[Control], language: str) -> str:
    """One control of 2013 in the numbers of today, said as a person would; empty where anything else is asked."""
    conditions = [condition for group in query.where for condition in group]
    old = controls.catalogue().by_source(conditions[0].values[0]) if len(conditions) == 1 and conditions[0].operator == "maps" else None
    if old is None or len(conditions[0].values) > 1 or old.framework != ISO_2013 or old.kind != "control" or query.framework != ISO_2022:
        return ""
    named = [f"{entry.id} {entry.named(language)}" for entry in shown]
    now = ", ".join(named[:-1]) + (" und " if language == "de" else " and ") + named[-1] if len(named) > 1 else named[0]
    if language == "de":
        return f"{old.id} {old.title_de} der Ausgabe 2013 ist heute {now}; die Ausgabe 2013 ist zurückgezogen."
    return f"{old.id} {old.title} of the 2013 edition is {now} today; the 2013 edition is withdrawn."


def _described(entry: Control, fields: tuple[str, ...], language: str) -> str:
    """`A.7.12 Cabling security: Control type Preventive; Security properties Confidentiality, Availability.`"""
    german, said = language == "de", []
    for field in fields:
        values = ", ".join(_plain(value, german) for value in _values(entry, field)) or ("keine Angabe" if german else "none")
        said.append(
            f"{_label(field, language)}: {values}" if values in ("yes", "no", "ja", "nein") else f"{_label(field, language)} {values}"
        )
    return f"{entry.id} {entry.named(language)}: {'; '.join(said)}."


def _head(query: CatalogueQuery, found: list[Control], language: str) -> str:
    number, kinds = len(found), list(dict.fromkeys(entry.kind for entry in found)) or query.kinds[-1:]
    german = language == "de"
    if query.framework == "documents":
        noun = (
            ("Dokument oder Aufzeichnung" if number == 1 else "Dokumente und Aufzeichnungen")
            if german
            else "document or record"
            if number == 1
            else "documents and records"
        )
        standard = ""
    else:
        noun = (" und " if german else " and ").join(_NOUNS.get(kind, _NOUNS["requirement"])[2 * german + (number != 1)] for kind in kinds)
        name = "IEC 62443" if query.framework == "iec62443" else NAMES[query.framework]
        standard = f" von {name}" if german else f" of {name}"
    amount = str(number) if number else ("Keine" if german else "No")
    groups = [(" oder " if german else " or ").join(_said(one, german) for one in group) for group in query.where]
    return f"{amount} {noun}{standard}" + (" (" + "; ".join(groups) + ")" if groups else "")


def _said(condition: Condition, german: bool) -> str:
    label = _label(condition.field, "de" if german else "en")
    values = (" oder " if german else " or ").join(_plain(value, german) for value in condition.values)
    ids = ", ".join(value.partition(":")[2] or value for value in condition.values)
    both = (" und " if german else " and ").join(_plain(value, german) for value in condition.values)
    number = condition.values[0] if condition.values else ""
    said = {
        "all": (f"{label}: {both}", f"{label}: {both}"),
        "only": (f"{label} only {both}", f"{label} nur {both}"),
        "lacks": (f"{label} not {values}", f"{label} nicht {values}"),
        "misses": (f"{label} not all of {both}", f"{label} nicht alle von {both}"),
        "beyond": (f"{label} not only {both}", f"{label} nicht nur {both}"),
        "atleast": (f"{label}: at least {number}", f"{label}: mindestens {number}"),
        "atmost": (f"{label}: at most {number}", f"{label}: höchstens {number}"),
        "exactly": (f"{label}: exactly {number}", f"{label}: genau {number}"),
        "most": (f"most in {label}", f"die meisten bei {label}"),
        "added": (f"new and set beside {ids} by the guide", f"neu und vom Leitfaden zu {ids} gestellt"),
        "contains": (f"title with {values}", f"Titel mit {values}"),
        "under": (f"under {values}", f"unter {values}"),
        "between": (f"{condition.values[0]} to {condition.values[-1]}", f"{condition.values[0]} bis {condition.values[-1]}"),
        "maps": (f"related to {ids}", f"verbunden mit {ids}"),
        "links": (f"at least {number} in {label}", f"mindestens {number} in {label}"),
        "unlinked": (f"none in {label}", f"ohne Entsprechung in {label}"),
        "answers": (f"against {values}", f"gegen {values}"),
        "topic": (f"topic {values}", f"Thema {values}"),
    }
    if condition.operator == "is" and condition.values == ("yes",):
        return label
    if condition.operator == "is" and condition.values == ("no",):
        return f"{label}: {_plain('no', german)}"
    return said.get(condition.operator, (f"{label} {values}", f"{label} {values}"))[german]


# --- the printed form, read ------------------------------------------------------------------------------------

_CONDITION = re.compile(
    r"(\S+) (is|all|lacks|misses|only|beyond|atleast|atmost|exactly|most|contains|under|between|maps|added|links|unlinked|answers|topic) (.+)"
)


def _read_canonical(text: str) -> CatalogueQuery:
    parts = text.split(" | ")
    if len(parts) < 3 or not parts[0].startswith("catalogue ") or not parts[1].startswith("kind "):
        raise BadKnowledge(f"{text!r}: a catalogue query begins with `catalogue <framework> | kind <kinds>`")
    named: dict[str, str] = {}
    where: list[tuple[Condition, ...]] = []
    for part in parts[2:]:
        word, _, rest = part.partition(" ")
        if word in ("show", "unused", "by", "sort", "first", "in", "count") and " or else " not in part and not _CONDITION.fullmatch(part):
            named[word] = rest
        else:
            where.append(tuple(_read_condition(piece) for piece in part.split(" or else ")))
    framework = parts[0].removeprefix("catalogue ")
    if framework not in NAMES and framework != "iec62443":
        raise BadKnowledge(f"{framework}: no such framework; known are {', '.join(NAMES)}")
    return CatalogueQuery(
        framework,
        tuple(parts[1].removeprefix("kind ").split(" or ")),
        tuple(where),
        named.get("by", ""),
        named.get("sort", ""),
        int(named.get("first") or 0),
        "count" in named,
        tuple(named["show"].split(" or ")) if named.get("show") else (),
        tuple(named["unused"].split(" or ")) if named.get("unused") else (),
        named.get("in", "en"),
    )


def _read_condition(text: str) -> Condition:
    match = _CONDITION.fullmatch(text)
    if not match:
        raise BadKnowledge(f"{text!r}: a condition is `<field> <operator> <values>`")
    return Condition(match[1], match[2], tuple(match[3].split(" or ")))


STANDARD_KINDS = {
    ISO_2022: ("control",),
    ISO_2013: ("control",),
    AI: ("control",),
    CSF: ("subcategory",),
    ATLAS: ("technique",),
    "iec62443": ("requirement",),
    **dict.fromkeys(IEC, ("requirement",)),
    "documents": ("clause document", "clause record"),
}
"""What is listed of a framework when the question names no kind."""
