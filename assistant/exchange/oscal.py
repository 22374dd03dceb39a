"""OSCAL documents out and in, built and validated by compliance-trestle: catalog, SoA, POA&M and mappings.

A row travels as properties in our namespace, a column each, beside what OSCAL itself has a place for; so it comes back
whole, and other tools read the rest. Texts are ours or the company's; a licensed text never goes out.
"""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sqlmodel import col, select

from assistant.exchange.exporting import written_whole
from assistant.exchange.importing import Line, Loading, Options, Refusal, Report, Undone
from knowledge import controls
from knowledge.errors import NotAllowed, UnreadableDocument
from knowledge.registers import Passage, Person, Store, queries, records, rights
from knowledge.registers.columns import Kind
from knowledge.registers.descriptions import REGISTERS
from knowledge.registers.rights import Actor

FORMS = {
    "oscal-catalog": "catalog",
    "oscal-soa": "component-definition",
    "oscal-poam": "plan-of-action-and-milestones",
    "oscal-mapping": "mapping-collection",
}
"""Names in commands and the OSCAL model of each."""
NAMESPACE = "https://annexa.example/ns/oscal"
_LARGEST = 50 * 1024 * 1024
_MAPPED = (controls.ISO_2013, controls.AI, controls.CSF, "iec62443-3-3", "iec62443-2-1", "iec62443-3-2")
_RELATIONS = {"one-to-one": "equivalent-to", "merged": "subset-of", "intersect": "intersects-with"}
"""Our relations in the words of NIST IR 8477; what is only known to be related intersects."""
_STATUS = {"implemented": "implemented", "partly": "partial", "planned": "planned", "not_applicable": "not-applicable"}
Plain = dict[str, Any]


def write(store: Store, actor: Actor, form: str, path: Path, now: datetime) -> str:
    """What the file holds now, in words. Raises UnreadableDocument, NotAllowed."""
    document, said = _BUILD[form](store, actor)
    metadata = {"title": _TITLES[form], "last-modified": now.astimezone(UTC).isoformat(), "version": "1.0", "oscal-version": _version()}
    model = _model(form, {FORMS[form]: {"uuid": _uuid(form), "metadata": metadata, **document}}, path.name)
    with written_whole(path) as out:
        out.write_text(model.oscal_serialize_json(pretty=True), "utf-8")
    return said


def load(store: Store, actor: Actor, form: str, path: Path, now: datetime, options: Options = Options()) -> Report:
    """What became of the rows of a document that is valid by trestle. Raises UnreadableDocument, NotAllowed.

    SoA and POA&M go into their registers, all rows or none. A catalog and a mapping are compared with those of the product: what
    it does not know is refused, because frameworks are files of the product.
    """
    document = read(form, path)
    report = Report(form, path.name, options.dry_run)
    if form in ("oscal-catalog", "oscal-mapping"):
        _compare(form, document, report)
        return report
    lines = _soa_lines(document) if form == "oscal-soa" else _poam_lines(document)
    for name in lines:
        if not rights.may(actor, "create", name):
            raise NotAllowed(f"{name}: the role {actor.role} may not load rows; ask the ISMS manager, or make a proposal.")
    try:
        with records.writing(store, actor, now, f"import {path.name}", history=True) as book:
            loadings = [_loaded(book, name, some, path.name) for name, some in lines.items()]
            for loading in loadings:
                report.new, report.changed = report.new + loading.report.new, report.changed + loading.report.changed
                report.unchanged, report.refused = report.unchanged + loading.report.unchanged, report.refused + loading.report.refused
                report.refusals += loading.report.refusals
            if options.dry_run or any(loading.late for loading in loadings) or (report.refused and not options.skip_bad):
                raise Undone
            report.saved = True
    except Undone:
        pass
    return report


def _loaded(book: records.Records, name: str, lines: Sequence[Line], file: str) -> Loading:
    loading = Loading(book, REGISTERS[name], Report(name, file))
    loading.load(lines)
    loading.fill_in()
    loading.tell()
    return loading


def read(form: str, path: Path) -> Plain:
    """The document's content as plain JSON, after trestle found it valid. Raises UnreadableDocument."""
    try:
        if path.stat().st_size > _LARGEST:
            raise UnreadableDocument(path.name, "it is larger than 50 MB; split it")
        raw = json.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise UnreadableDocument(path.name, f"it cannot be read as JSON ({error})") from error
    if not isinstance(raw, dict) or set(raw) != {FORMS[form]}:
        raise UnreadableDocument(path.name, f"{form} is an OSCAL {FORMS[form]}, which this file is not")
    _model(form, raw, path.name)
    return dict(raw[FORMS[form]])


def _model(form: str, raw: Plain, name: str) -> Any:
    """The document as trestle's model. Raises UnreadableDocument where trestle does not find it valid."""
    from pydantic import ValidationError
    from trestle.core import validator_factory
    from trestle.oscal import catalog, component, mapping, poam

    models: dict[str, Any] = {
        "oscal-catalog": catalog.Catalog,
        "oscal-soa": component.ComponentDefinition,
        "oscal-poam": poam.PlanOfActionAndMilestones,
        "oscal-mapping": mapping.MappingCollection,
    }
    try:
        model = models[form].model_validate(raw[FORMS[form]])
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise UnreadableDocument(name, f"it is no valid OSCAL {FORMS[form]}: {place}: {first['msg']}") from error
    if not validator_factory.all_validator.AllValidator().model_is_valid(model, True, None):
        raise UnreadableDocument(name, f"it is no valid OSCAL {FORMS[form]}: trestle finds duplicate or dangling identifiers in it")
    return model


def _version() -> str:
    from trestle.oscal import OSCAL_VERSION

    return str(OSCAL_VERSION)


# --- identifiers and properties ------------------------------------------------------------------------------------


def token(id_: str) -> str:
    """The id of a control as OSCAL writes it: `a.5.1`, `c.6.1.2` for a clause, `sr-5.1`."""
    bare = re.sub(r"[^a-z0-9.-]+", "-", id_.lower()).strip("-")
    return f"c.{bare}" if bare[:1].isdigit() else bare


def _uuid(*names: str) -> str:
    return str(uuid5(NAMESPACE_URL, "/".join([NAMESPACE, *names])))


def _known(framework: str) -> dict[str, controls.Control]:
    return {token(entry.id): entry for entry in controls.catalogue().entries(framework)}


def _props(register: str, values: Plain) -> list[Plain]:
    """A property for each column that holds anything, by its heading; line ends stand as in JSON."""
    found = REGISTERS[register]
    out = []
    for column in found.writable:
        value = values.get(column.name)
        if value in (None, "", []):
            continue
        text = "|".join(value) if isinstance(value, list) else "yes" if value is True else "no" if value is False else str(value)
        out.append({"name": column.head, "ns": NAMESPACE, "value": json.dumps(text, ensure_ascii=False)[1:-1]})
    return out


def _line(number: int, register: str, given: Plain, fallback: Plain) -> Line:
    """The line that properties make, with what other tools write where ours are missing."""
    found = REGISTERS[register]
    values: Plain = {}
    for prop in given.get("props") or ():
        column = found.by_head.get(prop["name"]) if prop.get("ns") == NAMESPACE else None
        if column is not None and column in found.writable:
            values[column.name] = json.loads(f'"{prop["value"]}"')
    values = values or {name: text for name, text in fallback.items() if text}
    return Line(number, values, {name: (found.by_name[name].head, str(text)) for name, text in values.items()})


def _rows(store: Store, actor: Actor, register: str) -> list[Plain]:
    """Rows as the actor may see them, people by e-mail."""
    rights.demand(actor, "read", register)
    found = REGISTERS[register]
    with store.read() as session:
        emails: dict[str, str] = dict(session.exec(select(Person.id, Person.email)).all())
        rows = queries.values_of(session, actor, found, queries.rows(session, actor, register))
    for row in rows:
        row.update({column.name: emails.get(row[column.name], "") for column in found.columns if column.kind is Kind.PERSON})
    return rows


# --- catalog and mappings ------------------------------------------------------------------------------------------


def _catalog(store: Store, _actor: Actor) -> tuple[Plain, str]:
    with store.read() as session:
        ours = select(Passage.source_id, Passage.text).where(Passage.kind == "control", col(Passage.version_id).is_(None))
        texts = dict(session.exec(ours.order_by(col(Passage.ordinal).desc())).all())
    entries = controls.catalogue().entries(controls.ISO_2022)
    groups = [entry for entry in entries if not entry.parent_id]
    under: dict[str, list[Plain]] = defaultdict(list)
    for entry in entries:
        if entry.parent_id:
            under[_top(entry)].append(_control(entry, texts.get(entry.source_id, "")))
    made = [{"id": token(entry.id), "title": entry.title, "controls": under[entry.id] or [_control(entry, "", ".0")]} for entry in groups]
    return {"groups": made}, f"{sum(map(len, under.values()))} controls and clauses in {len(made)} groups"


def _top(entry: controls.Control) -> str:
    while entry.parent_id and (above := controls.catalogue().get(entry.framework, entry.parent_id)):
        entry = above
    return entry.id


def _control(entry: controls.Control, text: str, suffix: str = "") -> Plain:
    id_ = token(entry.id) + suffix
    made: Plain = {"id": id_, "title": entry.title, "props": [{"name": "label", "value": entry.id}]}
    if text:
        made["parts"] = [{"id": f"{id_}.guidance", "name": "guidance", "prose": text}]
    return made


def _mapping(_store: Store, _actor: Actor) -> tuple[Plain, str]:
    catalogue = controls.catalogue()
    mappings, resources, count = [], {}, 0
    for target in _MAPPED:
        maps = []
        for entry in catalogue.entries(controls.ISO_2022):
            for pair in catalogue.mappings(entry.source_id):
                framework, _, id_ = pair.target.partition(":")
                if framework == target:
                    maps.append(
                        {
                            "uuid": _uuid("map", pair.source, pair.target, pair.relation),
                            "relationship": _RELATIONS.get(pair.relation, "intersects-with"),
                            "sources": [{"type": "control", "id-ref": token(entry.id)}],
                            "targets": [{"type": "control", "id-ref": token(id_)}],
                            "props": [{"name": "relation", "ns": NAMESPACE, "value": pair.relation}],
                        }
                    )
        if maps:
            sides = {"source-resource": controls.ISO_2022, "target-resource": target}
            resources.update({framework: controls.NAMES[framework] for framework in sides.values()})
            references = {side: {"type": "catalog", "href": f"#{_uuid('resource', framework)}"} for side, framework in sides.items()}
            mappings.append({"uuid": _uuid("mapping", target), **references, "maps": maps})
            count += len(maps)
    provenance = {
        "method": "human",
        "matching-rationale": "semantic",
        "status": "complete",
        "mapping-description": "Public mappings and our own comparison of the frameworks; ids and relations only.",
    }
    matter = [{"uuid": _uuid("resource", framework), "title": title} for framework, title in resources.items()]
    return {
        "provenance": provenance,
        "mappings": mappings,
        "back-matter": {"resources": matter},
    }, f"{count} pairs of {len(mappings)} mappings"


def _compare(form: str, document: Plain, report: Report) -> None:
    """Count what the product knows already as unchanged, and refuse the rest."""
    number = 0
    if form == "oscal-catalog":
        ours = _known(controls.ISO_2022)
        for control in _controls_in(document):
            number += 1
            if control["id"].removesuffix(".0") not in ours:
                reason = "no such control or clause; frameworks come with the product, load your own copy with annexa ingest --licensed"
                report.refusals.append(Refusal(number, "id", control["id"], reason))
    else:
        known = {one["uuid"] for mapping in _mapping(None, None)[0]["mappings"] for one in mapping["maps"]}  # type: ignore[arg-type]
        for one in (one for mapping in document["mappings"] for one in mapping["maps"]):
            number += 1
            if one["uuid"] not in known:
                pair = f"{one['sources'][0]['id-ref']} {one['relationship']} {one['targets'][0]['id-ref']}"
                report.refusals.append(
                    Refusal(number, "map", pair, "the product has no such pair; mappings are files in knowledge/frameworks")
                )
    report.refused = len(report.refusals)
    report.unchanged = number - report.refused


def _controls_in(group: Plain) -> Iterable[Plain]:
    for control in group.get("controls") or ():
        yield control
        yield from _controls_in(control)
    for inner in group.get("groups") or ():
        yield from _controls_in(inner)


# --- Statement of Applicability ------------------------------------------------------------------------------------


def _soa(store: Store, actor: Actor) -> tuple[Plain, str]:
    rows = _rows(store, actor, "control_status")
    if not rows:
        raise UnreadableDocument("oscal-soa", "the Statement of Applicability has no lines yet; an OSCAL component needs one at least")
    requirements = [
        {
            "uuid": _uuid("control_status", row["id"]),
            "control-id": token(row["id"].rpartition(":")[2]),
            "description": row["how"] or row["exclusion_reason"] or "Not described yet.",
            "props": [
                {"name": "implementation-status", "value": _STATUS.get(row["implementation_status"], "planned")},
                *_props("control_status", row),
            ],
        }
        for row in rows
    ]
    component = {
        "uuid": _uuid("isms"),
        "type": "process-procedure",
        "title": "Information security management system",
        "description": "The controls of the company as its Statement of Applicability has them.",
        "control-implementations": [
            {
                "uuid": _uuid("soa"),
                "source": f"#{_uuid('resource', controls.ISO_2022)}",
                "description": "Statement of Applicability",
                "implemented-requirements": requirements,
            }
        ],
    }
    resource = {"uuid": _uuid("resource", controls.ISO_2022), "title": controls.NAMES[controls.ISO_2022]}
    return {"components": [component], "back-matter": {"resources": [resource]}}, f"{len(rows)} controls"


def _soa_lines(document: Plain) -> dict[str, list[Line]]:
    known = _known(controls.ISO_2022)
    lines: list[Line] = []
    for component in document.get("components") or ():
        for implementation in component.get("control-implementations") or ():
            for one in implementation["implemented-requirements"]:
                said = {prop["name"]: prop["value"] for prop in one.get("props") or ()}
                status = next((ours for ours, theirs in _STATUS.items() if theirs == said.get("implementation-status")), "")
                entry = known.get(one["control-id"].lower())
                fallback = {"id": entry.id if entry else one["control-id"], "how": one["description"], "implementation_status": status}
                lines.append(_line(len(lines) + 1, "control_status", one, fallback))
    return {"control_status": lines}


# --- findings and actions ------------------------------------------------------------------------------------------


def _poam(store: Store, actor: Actor) -> tuple[Plain, str]:
    findings, actions = _rows(store, actor, "finding"), _rows(store, actor, "corrective_action")
    if not actions:
        raise UnreadableDocument("oscal-poam", "there is no corrective action yet; an OSCAL POA&M needs one item at least")
    states: dict[str, set[str]] = defaultdict(set)
    for action in actions:
        states[action["finding"] or ""].add(action["state"])
    there = {row["id"] for row in findings}
    items = [
        {
            "uuid": _uuid("corrective_action", row["id"]),
            "title": row["title"],
            "description": row["action"] or row["title"],
            "props": _props("corrective_action", row),
            **({"related-findings": [{"finding-uuid": _uuid("finding", row["finding"])}]} if row["finding"] in there else {}),
        }
        for row in actions
    ]
    made = [
        {
            "uuid": _uuid("finding", row["id"]),
            "title": row["title"],
            "description": row["gap"] or row["title"],
            "props": _props("finding", row),
            "target": {
                "type": "objective-id",
                "target-id": token((row["requirement"] or ["unknown"])[0].rpartition(":")[2]) or "unknown",
                "status": {"state": "satisfied" if states[row["id"]] == {"closed"} else "not-satisfied"},
            },
        }
        for row in findings
    ]
    return {**({"findings": made} if made else {}), "poam-items": items}, f"{len(made)} findings and {len(items)} actions"


def _poam_lines(document: Plain) -> dict[str, list[Line]]:
    findings = [
        _line(number, "finding", one, {"title": one["title"], "gap": one["description"], "grade": "observation"})
        for number, one in enumerate(document.get("findings") or (), 1)
    ]
    named = {one["uuid"]: line.values.get("id") or one["title"] for one, line in zip(document.get("findings") or (), findings, strict=True)}
    actions = []
    for number, one in enumerate(document["poam-items"], len(findings) + 1):
        of = next((named[ref["finding-uuid"]] for ref in one.get("related-findings") or () if ref["finding-uuid"] in named), "")
        actions.append(_line(number, "corrective_action", one, {"title": one["title"], "action": one["description"], "finding": of}))
    return {"finding": findings, "corrective_action": actions}


_TITLES = {
    "oscal-catalog": "ISO/IEC 27001:2022, identifiers, short titles and our own explanations",
    "oscal-soa": "Statement of Applicability",
    "oscal-poam": "Findings and corrective actions",
    "oscal-mapping": "Mappings from ISO/IEC 27001:2022",
}
_BUILD: dict[str, Callable[[Store, Actor], tuple[Plain, str]]] = {
    "oscal-catalog": _catalog,
    "oscal-soa": _soa,
    "oscal-poam": _poam,
    "oscal-mapping": _mapping,
}
