"""A sentence to a complete risk entry that a person decides about. Numbers follow from the registers and the company's method, never from a model.

Statement, scales, threshold and dates: ISO/IEC 27001:2022, 6.1.2; treatment and residual risk: 6.1.3. Every figure carries its reason and its source.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from pydantic import BaseModel, Field

from assistant import addresses
from assistant.drafting import matching, wording
from assistant.drafting import threats as threats_
from assistant.drafting.filling import implementation
from assistant.drafting.matching import Alike, Match
from assistant.drafting.statements import Registers
from assistant.drafting.threats import Threat, Threats
from assistant.phrases import phrases
from knowledge import controls, language
from knowledge.registers.derived import Context
from knowledge.registers.risks import IMPACT_COLUMNS

_MATURITY = {
    "realized": (3, "seen in incidents according to MITRE ATLAS"),
    "demonstrated": (2, "demonstrated in research according to MITRE ATLAS"),
    "feasible": (2, "thought feasible according to MITRE ATLAS"),
    "often": (3, "often seen in plants"),
    "seldom": (2, "seldom seen in plants"),
}
"""Likelihood to begin with, by what ATLAS says of a technique and our catalogue of a general threat, and how people say that."""
_UNKNOWN = 3
_PROPERTIES = ("confidentiality", "integrity", "availability")
_LIKE = 0.3
_MOVES = ("plc", "scada", "hmi")
"""Classes of assets that move machines."""
_PROTECTIVE = re.compile(
    r"\bsafety\b|\bsicherheits-?(?:sps|steuerung|relais|schalt|funktion)|\blight\s?(?:curtain|grid)|\blicht(?:vorhang|vorhänge|gitter)|\bemergency[\s-]stop|\bnot-?(?:halt|aus)\b",
    re.IGNORECASE,
)


class Fact(BaseModel):
    """What a figure rests on, and where it stands."""

    text: str
    source_id: str
    url: str


class Judged(BaseModel):
    """A level from 1 to 5 with its reason and the facts behind it."""

    level: int = Field(ge=1, le=5)
    reason: str
    facts: list[Fact] = []


class Pair(BaseModel):
    """Likelihood and impact by column; the highest column counts, the score is their product."""

    likelihood: Judged
    impact: dict[str, Judged]

    @property
    def highest(self) -> int:
        """The impact that counts."""
        return max(one.level for one in self.impact.values())

    @property
    def score(self) -> int:
        """Likelihood times impact, 1-25."""
        return self.likelihood.level * self.highest


class ControlNote(BaseModel):
    """A control that answers the threat: where it stands, and what is to be done where it does not stand yet."""

    id: str
    title: str
    status: str
    in_place: bool
    measure: str = ""
    owner: str | None = None
    due_date: str = ""
    url: str = ""


class Similar(BaseModel):
    """A risk that is recorded already, and how alike it is."""

    id: str
    name: str
    likeness: float
    note: str


class RiskDraft(BaseModel):
    """A risk entry in the making. Where `asset` is empty one of `asked` has to be chosen first, where `threat` is, one of `asked_threats`.

    `family` is the name of the threat; `threat` is the technique of ATLAS where it is one of the guide, and its own id where it is a general one. `causes` are what a chat model suggests and a person has to check; `restricted` is True where not all staff may read what it rests on.
    """

    sentence: str
    language: str
    asset: str
    asset_name: str
    asked: list[Fact] = []
    threat: str
    threat_name: str
    threat_url: str
    asked_threats: list[Fact] = []
    family: str
    name: str
    statement: str
    category: str
    ai_system: str | None = None
    inherent: Pair
    current: Pair
    residual: Pair
    existing: list[ControlNote]
    planned: list[ControlNote]
    treatment: str
    treatment_reason: str
    band: str
    priority: str
    owner: str | None = None
    owner_name: str = ""
    due_date: str
    review_date: str
    annex_a: list[str]
    iso42001: list[str]
    iec62443: list[str]
    attack_ics: list[str]
    similar: list[Similar] = []
    assumptions: list[str] = []
    causes: list[str] = []
    restricted: bool = False
    model: str = ""
    prompt_hash: str = ""

    @property
    def of_guide(self) -> bool:
        """Whether the threat is one of the guide, in the form of a technique of ATLAS."""
        return self.threat.startswith("AML.")

    def as_row(self) -> dict[str, Any]:
        """The values of the register's row."""
        row: dict[str, Any] = {
            "name": self.name,
            "description": self.statement,
            "assets": [self.asset] if self.asset else [],
            "threats": [self.threat] if self.threat else [],
            "category": self.category,
            "ai_system": self.ai_system,
            "owner": self.owner,
            "treatment": self.treatment,
            "existing_controls": "|".join(f"{one.title} ({one.id})" for one in self.existing),
            "additional_controls": "|".join(one.measure for one in self.planned),
            "annex_a_controls": self.annex_a,
            "iso42001_controls": self.iso42001,
            "justification": self.treatment_reason,
            "likelihood_reason": self.current.likelihood.reason,
            "impact_reason": " ".join(one.reason for one in self.current.impact.values()),
            "likelihood_reason_residual": self.residual.likelihood.reason,
            "due_date": self.due_date,
            "review_date": self.review_date,
        }
        for name in ("inherent", "current", "residual"):
            pair: Pair = getattr(self, name)
            row[f"{name}_likelihood"], row[f"{name}_impact"] = pair.likelihood.level, pair.highest
            row |= {f"{name}_{column}": judged.level for column, judged in pair.impact.items()}
        return row


@dataclass
class _Setting:
    """What is known before anything is judged."""

    registers: Registers
    match: Match | None
    threat: controls.Control | None
    context: Context
    tongue: str
    assumptions: list[str] = field(default_factory=list)

    def say(self, phrase: str) -> str:
        """A phrase of the product in the language of the sentence."""
        return phrases(self.tongue)(phrase)

    @property
    def asset(self) -> Mapping[str, Any]:
        return self.match.asset if self.match else {}

    @property
    def system(self) -> Mapping[str, Any]:
        """The AI system that fails; none where a general threat befalls something that is a part of none, though one may read from it."""
        general = self.threat is not None and self.threat.framework == controls.THREAT
        if self.match is None or (general and self.asset["asset_class"] not in matching.OF_AI):
            return {}
        return self.match.ai_system or {}

    @property
    def hit(self) -> set[str]:
        """The properties that the threat hits, confidentiality, integrity, availability, and `law` for a duty; every property while it is open."""
        return {name.lower() for name in self.threat.attribute("security_properties_hit")} if self.threat else set(_PROPERTIES)

    @property
    def consequence(self) -> str:
        """What follows from a general threat, or that it is open; empty where the properties that the threat hits say it."""
        if self.threat is None:
            return self.say("[to decide: what follows from it]")
        phrase = self.threat.attribute("consequence_de" if self.tongue == "de" else "consequence")
        return phrase[0] if phrase else ""

    def mapped(self, column: str) -> list[str]:
        """Ids that the catalogue holds for the threat."""
        return list(self.threat.attribute(column)) if self.threat else []

    def protection(self, name: str) -> int:
        """The asset's need for a property, 1-5; a middle one is assumed where none is recorded."""
        value = self.asset.get(name)
        if value is None:
            asset = self.asset.get("id") or self.say("the asset")
            note = self.say("{what} of {asset} is not recorded; {level} is assumed.").format(
                what=self.say(name.capitalize()), asset=asset, level=_UNKNOWN
            )
            if note not in self.assumptions:
                self.assumptions.append(note)
        return int(value or _UNKNOWN)

    def fact(self, text: str, register: str, row: Mapping[str, Any]) -> Fact:
        return Fact(text=text, source_id=f"row:{row['id']}", url=addresses.row(register, row["id"]))


def draft(
    registers: Registers, sentence: str, threats: Threats, asset: str = "", alike: Alike = lambda *_: {}, threat: str = ""
) -> RiskDraft:
    """The entry for what the sentence fears, for the `asset` named by its id or else the one it speaks of, and so for the `threat`. Raises RowRefused."""
    sentence = " ".join(language.clean(sentence).split())
    context = registers.context
    near = threats(sentence)
    found = _found(registers, sentence, asset, threats_.aims(sentence, near), alike)
    match = next((one for one in found if one.asset["id"] == asset), None) if asset else matching.sure(found)
    kind, thing = (str(match.asset["asset_class"] or ""), str(match.asset["name"])) if match else ("", "")
    feared = threats_.named(threat, near) if threat else threats_.recognise(sentence, near, kind, matching.of_ai(match, sentence), thing)
    tongue = language.language_of(sentence)
    setting = _Setting(registers, match, feared.entry if feared else None, context, tongue)
    if not feared:
        setting.assumptions.append(setting.say("Which threat is meant is not clear; nothing is said of controls until one is chosen."))
    elif not feared.said:
        setting.assumptions.append(setting.say("The threat was chosen by likeness; check that it is the one that is meant."))
    existing, missing = _controls(setting)
    inherent, current, residual = _pairs(setting, existing, missing)
    owner = setting.asset.get("owner") or setting.system.get("owner")
    band = context.method.band(current.score)
    due = context.today + timedelta(days=context.method.treatment_days[band.code] if band else 90)
    treat = current.score > context.method.threshold
    if not owner:
        setting.assumptions.append(setting.say("No owner is recorded for the asset; the ISMS manager names one."))
    if match is None:
        setting.assumptions.append(setting.say("Which asset is meant is not clear; protection needs are assumed until one is chosen."))
    if feared and not missing and not existing:
        setting.assumptions.append(setting.say("No control of the catalogue answers this; what makes it possible has to be decided."))
    return RiskDraft(
        sentence=sentence,
        language=tongue,
        asset=str(setting.asset.get("id") or ""),
        asset_name=str(setting.asset.get("name") or ""),
        asked=[] if match else [setting.fact(str(one.asset["name"]), "asset", one.asset) for one in found[:5]],
        threat=setting.threat.id if setting.threat else "",
        threat_name=setting.threat.named(tongue) if setting.threat else "",
        threat_url=addresses.source(setting.threat.source_id) if setting.threat else "",
        asked_threats=[] if feared else [_threat_fact(one, tongue) for one in threats_.nearest(sentence, near)],
        family=feared.family if feared else "",
        name=_name(feared, setting),
        statement=_statement(sentence, setting, existing, missing),
        category=_category(setting),
        ai_system=setting.system.get("id"),
        inherent=inherent,
        current=current,
        residual=residual,
        existing=existing,
        planned=[
            one.model_copy(update={"owner": one.owner or owner, "due_date": due.isoformat()})
            for one in missing or _tightened(setting, existing)
        ]
        if treat
        else [],
        treatment="modify" if treat else "retain",
        treatment_reason=_treatment_reason(setting, current, residual, treat),
        band=band.code if band else "",
        priority=band.priority if band else "",
        owner=owner,
        owner_name=registers.name(owner),
        due_date=due.isoformat(),
        review_date=(context.today + timedelta(days=context.method.review_days)).isoformat(),
        annex_a=setting.mapped("controls_27001_2022"),
        iso42001=[f"iso42001:{id_}" for id_ in setting.mapped("controls_42001")],
        iec62443=setting.mapped("ids_62443"),
        attack_ics=setting.mapped("attack_ics_ids"),
        similar=_similar(registers, sentence, setting),
        assumptions=setting.assumptions,
        restricted=any(str(row.get("audience") or "staff") not in ("public", "staff") for row in (setting.asset, setting.system)),
    )


def _threat_fact(threat: Threat, tongue: str) -> Fact:
    """A threat to choose, by the id or name that chooses it."""
    source_id = threat.entry.source_id if threat.entry else ""
    return Fact(text=threat.title(tongue), source_id=source_id, url=addresses.source(source_id))


def _found(registers: Registers, sentence: str, asset: str, aims: Mapping[str, float], alike: Alike) -> list[Match]:
    """The assets that the sentence may speak of, best first, the one that was chosen among them; those who act in it are none."""
    rows = registers.rows("asset")
    names = {row["id"]: str(row["name"]) for register in ("site", "zone", "supplier") for row in registers.rows(register)}
    near = alike(sentence, [str(row["id"]) for row in rows], registers.actor)
    return matching.assets(f"{threats_.befallen(sentence)} {asset}".strip(), rows, registers.rows("ai_system"), names, aims, near)


# --- threat and controls ----------------------------------------------------------------------------------------------


def _controls(setting: _Setting) -> tuple[list[ControlNote], list[ControlNote]]:
    """(controls against the threat that are in place, those that are not): only what has evidence counts as in place."""
    recorded = {row["id"]: row for row in setting.registers.rows("control_status")}
    there, missing = [], []
    for id_ in setting.mapped("controls_27001_2022"):
        entry, row = controls.catalogue().get(controls.ISO_2022, id_), recorded.get(id_, {})
        if entry is None:
            continue
        status = implementation(row)
        in_place = status in ("implemented", "under review")
        note = ControlNote(
            id=id_, title=entry.title, status=status, in_place=in_place, owner=row.get("owner"), url=addresses.row("control_status", id_)
        )
        if row.get("applicable") is False:
            continue
        if in_place:
            there.append(note)
        else:
            measure = setting.say("Bring {control} into place, with evidence of it").format(control=_titled(setting, id_))
            missing.append(note.model_copy(update={"measure": measure}))
    return there, missing


def _titled(setting: _Setting, control: str) -> str:
    return f"{control} ({wording.title_of(control, setting.tongue)})"


def _tightened(setting: _Setting, existing: Sequence[ControlNote]) -> list[ControlNote]:
    """What remains to be done where the score is too high although every control against the threat is in place."""
    told = setting.say("Find out why {control} does not suffice, and tighten it")
    return [one.model_copy(update={"measure": told.format(control=_titled(setting, one.id))}) for one in existing[:1]]


# --- figures ------------------------------------------------------------------------------------------------------------


def _pairs(setting: _Setting, existing: Sequence[ControlNote], missing: Sequence[ControlNote]) -> tuple[Pair, Pair, Pair]:
    before, impact = _likelihood(setting), _impact(setting)
    share = len(existing) / max(len(existing) + len(missing), 1)
    lower = 2 if share >= 2 / 3 else 1 if share >= 1 / 3 else 0
    say = setting.say
    told = (
        say("{there} of {all} controls against it are in place with evidence, which lowers {level} by {lower}.")
        if lower
        else say("{there} of {all} controls against it are in place with evidence, too few to lower {level}.")
    )
    now = Judged(
        level=max(before.level - lower, 1),
        reason=told.format(there=len(existing), all=len(existing) + len(missing), level=before.level, lower=lower),
        facts=[_control_fact(one) for one in existing],
    )
    after = max(now.level - (1 if missing else 0), 1)
    planned = (
        say("With {controls} in place as well, {level} is expected.").format(controls=", ".join(one.id for one in missing), level=after)
        if missing
        else say("No further control is planned, so it stays.")
    )
    impact_now = dict(impact)
    if setting.system.get("fallback") and impact["delivery"].level > 1:
        fallback = setting.fact(f"Fallback of {setting.system['name']}: {setting.system['fallback']}", "ai_system", setting.system)
        reason = say("A fallback is recorded for {system}, which lowers {level} by 1.").format(
            system=setting.system["name"], level=impact["delivery"].level
        )
        impact_now["delivery"] = Judged(level=impact["delivery"].level - 1, reason=reason, facts=[*impact["delivery"].facts, fallback])
    return (
        Pair(likelihood=before, impact=impact),
        Pair(likelihood=now, impact=impact_now),
        Pair(likelihood=Judged(level=after, reason=planned), impact=impact_now),
    )


def _control_fact(one: ControlNote) -> Fact:
    return Fact(text=f"{one.id} {one.title}: {one.status}", source_id=f"row:{one.id}", url=one.url)


def _likelihood(setting: _Setting) -> Judged:
    """Before any measure: the threat's maturity, raised by exposure and by what has happened already."""
    threat, asset, facts, reasons, say = setting.threat, setting.asset, [], [], setting.say
    seen = next(iter((threat.attribute("atlas_maturity") or threat.attribute("seen")) if threat else ()), "")
    level, known = _MATURITY.get(seen, (2, "not rated")) if threat else (_UNKNOWN, "")
    if threat:
        facts.append(
            Fact(
                text=f"{threat.id} {threat.named(setting.tongue)}: {say(known)}",
                source_id=threat.source_id,
                url=addresses.source(threat.source_id),
            )
        )
        reasons.append(say("{threat}, {known}: {level}").format(threat=threat.id, known=say(known), level=level))
    exposed = str(asset.get("exposure") or "") or (say("run or built by a supplier") if asset.get("supplier") else "")
    if exposed and exposed.lower() not in ("none", "internal", "isolated"):
        level += 1
        facts.append(setting.fact(f"{say('Exposure')}: {exposed}", "asset", asset))
        reasons.append(say("exposed ({how}): +1").format(how=exposed))
    if incidents := _incidents(setting):
        level += 1
        facts += [setting.fact(f"{row['id']} {row['title']}", "incident", row) for row in incidents[:3]]
        reasons.append(say("it has happened here ({incidents}): +1").format(incidents=", ".join(row["id"] for row in incidents[:3])))
    level = min(level, 5)
    why = "; ".join(reasons) or say("No threat is chosen yet, {level} is assumed").format(level=level)
    return Judged(
        level=level,
        reason=say("{why}. Level {level}: {text}.").format(why=why, level=level, text=setting.context.method.likelihood[level - 1]),
        facts=facts,
    )


def _incidents(setting: _Setting) -> list[Mapping[str, Any]]:
    """Incidents with the same technique, or of the same kind on the same asset or AI system."""
    out: list[Mapping[str, Any]] = []
    for row in setting.registers.rows("incident"):
        here = setting.asset.get("id") in row["assets"] or (setting.system and row["ai_system"] == setting.system["id"])
        if setting.threat and setting.threat.id in row["threats"] and here:
            out.append(row)
    return out


def _impact(setting: _Setting) -> dict[str, Judged]:
    """By column, before any measure, from the asset's protection needs and what the AI system may do."""
    hit, asset, system = setting.hit, setting.asset, setting.system
    needs = (
        {
            name: setting.fact(
                setting.say("{what} of {asset}: {level}").format(
                    what=setting.say(name.capitalize()), asset=asset["id"], level=setting.protection(name)
                ),
                "asset",
                asset,
            )
            for name in sorted(hit & set(_PROPERTIES))
        }
        if asset
        else {}
    )
    of_asset, of_line = list(needs.values()), [fact for name, fact in needs.items() if name != "confidentiality"]
    safety, steers = _safety(setting)
    delivery = max((setting.protection(name) for name in ("integrity", "availability") if name in hit), default=1)
    secret = setting.protection("confidentiality") if "confidentiality" in hit else 1
    money = max(secret, delivery - 1, 1)
    personal = [
        text
        for flag, text in (
            ("personal_data", setting.say("personal data")),
            ("customer", setting.say("a customer's data")),
            ("contract", setting.say("what a contract protects")),
        )
        if asset.get(flag)
    ]
    judges = (
        "integrity" in hit
        and bool(system)
        and bool(re.search(r"inspect|quality|check|prüf|qualit", f"{system.get('purpose')}", re.IGNORECASE))
    )
    duty = "law" in hit
    law = max(secret if personal or duty else 1, _UNKNOWN if duty else 1, setting.protection("integrity") - 1 if judges else 1)
    say = setting.say
    why = {
        "safety": "; ".join(fact.text for fact in steers) or say("no safety function and no way to a PLC is recorded"),
        "delivery": say("what the line needs of it: {needs}").format(needs=_told(of_line, say))
        if delivery > 1
        else say("neither integrity nor availability is hit"),
        "money": say("know-how and repair: {needs}").format(needs=_told(of_asset, say)),
        "law": say("a duty is broken, whatever becomes of the data")
        if duty
        else say("it holds {what}").format(what=say(" and ").join(personal))
        if personal and secret > 1
        else say("wrong verdicts can reach the customer")
        if judges
        else say("no duty is recorded that it touches"),
    }
    levels = {"safety": safety, "delivery": delivery, "money": money, "law": law}
    facts = {"safety": steers, "delivery": of_line, "money": of_asset, "law": of_asset}
    method = setting.context.method
    return {
        column: Judged(
            level=(level := levels[column]),
            reason=f"{method.impact_names[column]} {level} ({method.impact[column][level - 1]}): {why[column]}.",
            facts=facts[column],
        )
        for column in IMPACT_COLUMNS
    }


def _safety(setting: _Setting) -> tuple[int, list[Fact]]:
    """(impact on people, what it follows from): what protects them counts most, then what moves machines and what reaches such a thing."""
    asset, system, say = setting.asset, setting.system, setting.say
    wrong = "integrity" in setting.hit
    moves = 4 if wrong else 3
    found: list[tuple[int, Fact]] = []
    if system.get("safety_function"):
        found.append((5, setting.fact(f"{system['name']} {say('has a safety function')}", "ai_system", system)))
    if system.get("writes_plc"):
        found.append((4 if wrong else 1, setting.fact(f"{system['name']} {say('may write to a PLC')}", "ai_system", system)))
    if asset and _protects(setting):
        found.append((5, setting.fact(f"{asset['id']} {say('has a safety function')}", "asset", asset)))
    if asset.get("asset_class") in _MOVES and not found:
        found.append((moves, setting.fact(say("{asset} moves a machine").format(asset=asset["id"]), "asset", asset)))
    elif asset and not found:
        found += [(moves if writes else 3, fact) for writes, fact in _ways_to_machines(setting)]
    acts = bool(setting.hit & {"integrity", "availability"})
    return max((level for level, _ in found), default=1) if acts else 1, [fact for _, fact in found]


def _protects(setting: _Setting) -> bool:
    """True for what keeps people from harm, by its name or its zone's: safety controllers, light curtains, emergency stops."""
    zone = next((row["name"] for row in setting.registers.rows("zone") if row["id"] == setting.asset.get("zone")), "")
    return bool(_PROTECTIVE.search(str(setting.asset["name"])) or re.search(r"safety|sicherheit", zone, re.IGNORECASE))


def _ways_to_machines(setting: _Setting) -> Iterator[tuple[bool, Fact]]:
    """(whether it writes there, fact) of each recorded way from the asset to a PLC, and of each machine that depends on it."""
    id_, say = setting.asset["id"], setting.say
    for row in setting.registers.rows("data_flow"):
        if row["from_asset"] == id_ and row["to_plc"]:
            yield bool(row["writes"]), setting.fact(say("{flow} reaches a PLC").format(flow=f"{row['id']} {row['name']}"), "data_flow", row)
    for row in setting.registers.rows("asset"):
        if row["asset_class"] in _MOVES and id_ in (row["depends_on"] or ()):
            yield (
                False,
                setting.fact(say("{machine} depends on {asset}").format(machine=f"{row['id']} {row['name']}", asset=id_), "asset", row),
            )


def _told(facts: Sequence[Fact], say: Callable[[str], str]) -> str:
    return "; ".join(fact.text for fact in facts) or say("assumed")


def _treatment_reason(setting: _Setting, current: Pair, residual: Pair, treat: bool) -> str:
    figures = {"score": current.score, "threshold": setting.context.method.threshold, "residual": residual.score}
    if not treat:
        text = setting.say("The current score {score} is within the acceptance threshold {threshold} of the risk method.")
    elif residual.score <= setting.context.method.threshold:
        text = setting.say(
            "The current score {score} is above the acceptance threshold {threshold}; the residual score {residual} expected after the plan is within it."
        )
    else:
        text = setting.say(
            "The current score {score} is above the acceptance threshold {threshold}; the residual score {residual} expected after the plan is above it too: go on, or have it accepted."
        )
    return text.format(**figures)


# --- words ----------------------------------------------------------------------------------------------------------------


def _name(threat: Threat | None, setting: _Setting) -> str:
    about = setting.system.get("name") or setting.asset.get("name") or "asset to be named"
    unnamed = "Risiko" if setting.tongue == "de" else "Risk"
    return f"{threat.title(setting.tongue) if threat else unnamed}: {about}"[:120]


def _category(setting: _Setting) -> str:
    kind = str(setting.asset.get("asset_class") or "")
    if kind in ("training_dataset", "feature_pipeline", "data_storage"):
        return "data"
    if kind in ("plc", "hmi", "scada", "historian", "ot_network"):
        return "ot"
    if kind in ("api_endpoint", "cloud_ai_service", "supplier_service", "network"):
        return "integration"
    return "model" if setting.system or kind in ("production_ai_model", "serving_infrastructure", "edge_ai_device") else "classic"


def _statement(sentence: str, setting: _Setting, existing: Sequence[ControlNote], missing: Sequence[ControlNote]) -> str:
    asset, say = setting.asset, setting.say
    told = wording.Told(
        asset=f"{asset['name']} ({asset['id']})" if asset else say("an asset to be named"),
        about=str(setting.system.get("name") or asset.get("name") or say("the asset")),
        judges=bool(setting.system),
        hit=setting.hit,
        consequence=setting.consequence,
    )
    cause = wording.cause_of([(one.id, one.status) for one in missing], [one.id for one in existing], setting.tongue, say)
    return wording.statement(sentence, setting.tongue, told, cause, say)


def _similar(registers: Registers, sentence: str, setting: _Setting) -> list[Similar]:
    """Recorded risks with the same asset and threat, or much the same words."""
    asked = set(language.stems(sentence, "en")) | set(language.stems(language.the_glossary().gloss(sentence), "en"))
    out = []
    for row in registers.rows("risk"):
        told = set(language.stems(f"{row['name']} {row['description']}", "en"))
        words = len(asked & told) / max(min(len(asked), len(told)), 1)
        asset = (bool(setting.asset) and setting.asset["id"] in row["assets"]) or (
            bool(setting.system) and row["ai_system"] == setting.system["id"]
        )
        threat = setting.threat is not None and setting.threat.id in row["threats"]
        likeness = min(1.0, 0.4 * asset + 0.35 * threat + 0.5 * words)
        shared = [
            text
            for there, text in (
                (asset, "the same asset or AI system"),
                (threat, "the same technique"),
                (words >= 0.3, "much the same words"),
            )
            if there
        ]
        if (likeness >= _LIKE and len(shared) > 1) or likeness >= 2 * _LIKE:
            out.append(Similar(id=row["id"], name=row["name"], likeness=round(likeness, 2), note=" and ".join(shared)))
    return sorted(out, key=lambda one: -one.likeness)[:5]
