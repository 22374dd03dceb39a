"""Does it exist elsewhere? The other assets, sites, lines, AI systems and suppliers that a finding says should be looked at, each with why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlmodel import Session

from knowledge.registers import REGISTERS, AuditCheck, Evidence, queries
from knowledge.registers.assets import ASSET_CLASSES
from knowledge.registers.rights import Actor

MOST = 30
CHECKED_WITHIN_DAYS = 365
"""An older check says little: a year is the longest that an internal audit may leave open."""


@dataclass(frozen=True)
class Place:
    """A row to be looked at, and the reasons, in English and German, the strongest first."""

    register: str
    id: str
    name: str
    why: tuple[tuple[str, str], ...]

    def said(self, tongue: str) -> str:
        """The reasons in a language."""
        return "; ".join(german if tongue == "de" else english for english, german in self.why)


@dataclass(frozen=True)
class Plant:
    """What a plant has to be looked through. `zones` are kinds by id; `checked` are the ids of assets and sites that a requirement was checked at lately."""

    assets: Sequence[Any] = ()
    sites: Sequence[Any] = ()
    systems: Sequence[Any] = ()
    suppliers: Sequence[Any] = ()
    zones: dict[str, Any] = field(default_factory=dict)
    checked: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Hit:
    """What a finding is about: ids, empty where it says nothing of that; `requirement` are labels such as `A.5.18`."""

    asset: str = ""
    site: str = ""
    supplier: str = ""
    requirement: tuple[str, ...] = ()


def places(hit: Hit, plant: Plant) -> list[Place]:
    """Where else to look, the places with most reasons first."""
    about = next((one for one in plant.assets if one.id == hit.asset), None)
    supplier = hit.supplier or (about.supplier if about is not None else None) or ""
    site = hit.site or (about.site if about is not None else None) or ""
    found = [
        *_assets(hit, about, supplier, plant),
        *_systems(about, supplier, plant),
        *_suppliers(supplier, plant),
        *_sites(site, hit.requirement, plant),
    ]
    return sorted(found, key=lambda one: (-len(one.why), one.register, one.id))[:MOST]


def look(session: Session, actor: Actor, finding: Any, today: date) -> list[Place]:
    """The same for a recorded finding, over what the actor may read."""
    requirement = tuple(queries.values(session, actor, finding)["requirement"])
    plant = Plant(
        assets=queries.rows(session, actor, "asset"),
        sites=queries.rows(session, actor, "site"),
        systems=queries.rows(session, actor, "ai_system"),
        suppliers=queries.rows(session, actor, "supplier"),
        zones={zone.id: zone for zone in queries.rows(session, actor, "zone")},
        checked=_checked(session, actor, requirement, today),
    )
    return places(Hit(finding.asset or "", finding.site or "", finding.supplier or "", requirement), plant)


def _assets(hit: Hit, about: Any, supplier: str, plant: Plant) -> Iterable[Place]:
    for one in plant.assets:
        if one.id == hit.asset:
            continue
        why = []
        if about is not None and one.asset_class == about.asset_class != "other":
            words = ASSET_CLASSES[one.asset_class]
            why.append((f"also {words.label()}", f"auch {words.label('de')}"))
        if supplier and one.supplier == supplier:
            why.append((f"also from {supplier}", f"auch von {supplier}"))
        if why and about is not None and (kind := _kind_of_zone(one, plant)) and kind == _kind_of_zone(about, plant):
            why.append((f"in the same kind of zone ({kind})", f"in der gleichen Art von Zone ({kind})"))
        if why and about is not None and one.line and one.line != about.line:
            why.append((f"on another line: {one.line}", f"an einer anderen Linie: {one.line}"))
        if why and hit.requirement and one.id not in plant.checked:
            asked = ", ".join(hit.requirement)
            why.append((f"{asked} not checked there within a year", f"{asked} dort seit einem Jahr nicht geprüft"))
        if why:
            yield Place("asset", one.id, one.name, tuple(why))


def _systems(about: Any, supplier: str, plant: Plant) -> Iterable[Place]:
    hit = next((one for one in plant.systems if about is not None and one.asset == about.id), None)
    for one in plant.systems:
        if one is hit:
            continue
        why = []
        if supplier and one.supplier == supplier:
            why.append((f"also from {supplier}", f"auch von {supplier}"))
        if hit is not None and one.model and one.model == hit.model:
            why.append((f"same model: {one.model}", f"gleiches Modell: {one.model}"))
        if hit is not None and one.autonomy and one.autonomy == hit.autonomy and bool(one.writes_plc) == bool(hit.writes_plc):
            why.append(("acts as far alone as the one of the finding", "handelt so selbstständig wie das betroffene"))
        if why:
            yield Place("ai_system", one.id, one.name, tuple(why))


def _suppliers(supplier: str, plant: Plant) -> Iterable[Place]:
    hit = next((one for one in plant.suppliers if one.id == supplier), None)
    if hit is None:
        return
    for one in plant.suppliers:
        if one is not hit and (one.ai_vendor, one.critical) == (hit.ai_vendor, hit.critical) and (hit.ai_vendor or hit.critical):
            english, german = ("AI vendor", "KI-Anbieter") if hit.ai_vendor else ("critical supplier", "kritischer Lieferant")
            yield Place("supplier", one.id, one.name, ((f"also a{'n' if english[0] == 'A' else ''} {english}", f"auch {german}"),))


def _sites(site: str, requirement: tuple[str, ...], plant: Plant) -> Iterable[Place]:
    for one in plant.sites:
        if one.id == site or not (site or requirement):
            continue
        why = [("the same ISMS at another site", "dasselbe ISMS an einem anderen Standort")]
        if requirement and one.id not in plant.checked:
            asked = ", ".join(requirement)
            why.append((f"{asked} not checked there within a year", f"{asked} dort seit einem Jahr nicht geprüft"))
        yield Place("site", one.id, one.name, tuple(why))


def _kind_of_zone(asset: Any, plant: Plant) -> str:
    """`SL-T 2`, or `conduit, SL-T 2`: what kind of zone an asset stands in; empty where it stands in none."""
    zone = plant.zones.get(asset.zone or "")
    if zone is None or zone.target_level is None:
        return ""
    return f"{'conduit, ' if zone.kind == 'conduit' else ''}SL-T {zone.target_level}"


def _checked(session: Session, actor: Actor, requirement: Sequence[str], today: date) -> frozenset[str]:
    """Assets with evidence for the requirement of the last year, and sites with an audit that asked for it and is done."""
    since = today - timedelta(days=CHECKED_WITHIN_DAYS)
    proved = queries.rows(session, actor, "evidence", Evidence.supports_date >= since)  # type: ignore[operator]
    audits = {
        one.id: one for one in queries.rows(session, actor, "audit") if one.status == "done" and one.end_date and one.end_date >= since
    }
    asked = queries.rows(session, actor, "audit_check", AuditCheck.audit.in_(audits))  # type: ignore[union-attr]
    out: set[str] = set()
    for one in queries.values_of(session, actor, REGISTERS["evidence"], proved):
        if set(one["control"]) & set(requirement):
            out |= set(one["assets"])
    for one in queries.values_of(session, actor, REGISTERS["audit_check"], asked):
        if set(one["controls"]) & set(requirement) and (at := audits[one["audit"]].site):
            out.add(at)
    return frozenset(out)
