"""Writes `cases/registers.jsonl`: questions about the sample plant's registers with the rows that are right, worked out here from its files.

    python -m evals.register_cases [FOLDER OF THE REGISTERS]

The truth is plain Python over the lines of the files and shares no code with what it judges. A case is in the test split by the hash of its id.
"""

import csv
import json
import re
import sys
import zlib
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

TODAY = date(2026, 11, 24)
CASES = Path(__file__).with_name("cases") / "registers.jsonl"
INES, TOMASZ, OSKAR, MARKUS = (f"{name}@tessmar.example" for name in ("ines.albrecht", "tomasz.wolny", "oskar.brandt", "markus.feld"))
PRIYA, SABINE, JUERGEN, HENRIK = (f"{name}@tessmar.example" for name in ("priya.raman", "sabine.kurz", "juergen.voss", "henrik.dahl"))
_IDS = {"risk": "ref_id", "control_status": "control", "clause_status": "clause"}
_AI = (
    "production_ai_model",
    "training_dataset",
    "feature_pipeline",
    "serving_infrastructure",
    "edge_ai_device",
    "api_endpoint",
    "cloud_ai_service",
)
Truth = Any
Line = dict[str, str]
_DAY = re.compile(r"today(?:([+-]\d+))?(?:T(\d\d:\d\d))?")


def lines(folder: Path, name: str, today: date) -> list[Line]:
    """A register's lines, its details joined in, with dates in place of days from today."""
    joined: dict[str, Line] = {}
    for path in (folder / f"{name}.csv", folder / "details" / f"{name}.csv"):
        if path.exists():
            with path.open(encoding="utf-8", newline="") as file:
                for line in csv.DictReader(file):
                    key = next(iter(line.values()))
                    joined.setdefault(key, {}).update({head: _dated(value or "", today) for head, value in line.items()})
    return list(joined.values())


def _dated(value: str, today: date) -> str:
    match = _DAY.fullmatch(value)
    if not match:
        return value
    day = (today + timedelta(days=int(match[1] or 0))).isoformat()
    return f"{day}T{match[2]}:00" if match[2] else day


class Plant:
    """The lines of the registers, as staff may read them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, list[Line]] = {}

    def __call__(self, name: str, audiences: tuple[str, ...] = ("", "staff", "public")) -> list[Line]:
        if name not in self._read:
            self._read[name] = lines(self._folder, name, TODAY)
        return [line for line in self._read[name] if line.get("audience", "") in audiences]

    def ids(self, name: str, keep: Callable[[Line], bool] = lambda line: True) -> list[str]:
        return [line[_IDS.get(name, "id")] for line in self(name) if keep(line)]

    def one(self, name: str, id_: str) -> Line:
        return next(line for line in self(name) if line[_IDS.get(name, "id")] == id_)

    def has(self, name: str, head: str, ids: set[str]) -> set[str]:
        """Ids of lines whose list names one of the ids."""
        return {line[_IDS.get(name, "id")] for line in self(name) if ids & split(line.get(head, ""))}


def split(text: str) -> set[str]:
    return set(text.split("|")) - {""}


def score(line: Line, pair: str = "current") -> int:
    return int(line[f"{pair}_proba"] or 0) * int(line[f"{pair}_impact"] or 0)


def day(text: str) -> date:
    return date.fromisoformat(text[:10])


def within(text: str, ahead: int) -> bool:
    return bool(text) and TODAY <= day(text) <= TODAY + timedelta(days=ahead)


def past(text: str) -> bool:
    return bool(text) and day(text) < TODAY


def not_done(line: Line) -> bool:
    return line.get("state", line.get("status", "")) not in ("done", "dropped", "closed")


def open_findings(p: Plant) -> set[str]:
    by: dict[str, list[str]] = {}
    for action in p("corrective_action"):
        by.setdefault(action["finding"], []).append(action["state"])
    return {
        line["id"]
        for line in p("finding")
        if any(state != "closed" for state in by.get(line["id"], []))
        or (line["id"] not in by and line["grade"] in ("major", "minor", "area_of_concern"))
    }


def truths(p: Plant) -> list[tuple[str, str, Truth, str | None]]:
    """(English, German, what is right, who asks)."""
    risks, assets = p("risk"), p("asset")
    in_hall_3 = {line["id"] for line in assets if "hall 3" in line.get("location", "").lower()}
    korvik_assets = {line["id"] for line in assets if line["supplier"] == "SUP-001"}
    audit = next(line for line in p("audit") if line["type"] == "surveillance_1")
    highest = sorted(risks, key=lambda line: (-score(line), line["ref_id"]))
    opened = open_findings(p)
    ids, has = p.ids, p.has
    return [
        # owner
        ("which risks have no owner?", "Welche Risiken haben keinen Eigentümer?", ids("risk", lambda x: not x["owner"]), None),
        ("which risks belong to Tomasz?", "Welche Risiken gehören Tomasz?", ids("risk", lambda x: x["owner"] == TOMASZ), None),
        ("show me my risks", "Zeig mir meine Risiken", ids("risk", lambda x: x["owner"] == OSKAR), OSKAR),
        ("my open actions", "meine offenen Maßnahmen", ids("corrective_action", lambda x: x["owner"] == MARKUS and x["state"] != "closed"), MARKUS),
        ("how many assets does Priya Raman own?", "Wie viele Assets verantwortet Priya Raman?", len(ids("asset", lambda x: x["owner"] == PRIYA)), None),
        ("list the assets of Oskar Brandt", "Liste die Assets von Oskar Brandt", ids("asset", lambda x: x["owner"] == OSKAR), None),
        ("which suppliers is Henrik responsible for?", "Für welche Lieferanten ist Henrik verantwortlich?", ids("supplier", lambda x: x["owner"] == HENRIK), None),
        ("findings owned by Sabine Kurz", "Feststellungen von Sabine Kurz", ids("finding", lambda x: x["owner"] == SABINE), None),
        ("which evidence am I responsible for?", "Für welche Nachweise bin ich zuständig?", ids("evidence", lambda x: x["owner"] == TOMASZ), TOMASZ),
        ("who owns WeldEye?", "Wer ist für WeldEye verantwortlich?", {"row": "AI-001", "value": "Sabine Kurz"}, None),
        ("who is the owner of A-012?", "Wer ist Eigentümer von A-012?", {"row": "A-012", "value": "Priya Raman"}, None),
        ("who is responsible for JH-01?", "Wer ist zuständig für JH-01?", {"row": "A-077", "value": "Tomasz Wolny"}, None),
        # class and kind
        ("list our edge boxes", "Liste unsere Edge-Boxen auf", ids("asset", lambda x: x["class"] == "edge_ai_device"), None),
        ("how many PLCs do we have?", "Wie viele SPS haben wir?", len(ids("asset", lambda x: x["class"] == "plc")), None),
        ("which training datasets are registered?", "Welche Trainingsdatensätze sind erfasst?", ids("asset", lambda x: x["class"] == "training_dataset"), None),
        ("list all production AI models", "Liste alle produktiven KI-Modelle", ids("asset", lambda x: x["class"] == "production_ai_model"), None),
        ("show all HMIs", "Zeige alle HMIs", ids("asset", lambda x: x["class"] == "hmi"), None),
        ("which API endpoints do we run?", "Welche API-Endpunkte haben wir?", ids("asset", lambda x: x["class"] == "api_endpoint"), None),
        ("how many AI assets are in the register?", "Wie viele KI-Assets sind im Register?", len(ids("asset", lambda x: x["class"] in _AI)), None),
        ("which OT risks do we have?", "Welche OT-Risiken haben wir?", ids("risk", lambda x: x["category"] == "ot"), None),
        ("how many model risks are there?", "Wie viele Modellrisiken gibt es?", len(ids("risk", lambda x: x["category"] == "model")), None),
        ("which AI systems do we have?", "Welche KI-Systeme haben wir?", ids("ai_system"), None),
        ("list the conduits", "Liste die Conduits", ids("zone", lambda x: x["kind"] == "conduit"), None),
        ("which assets are strictly confidential?", "Welche Assets sind streng vertraulich?", ids("asset", lambda x: x["classification"] == "strictly_confidential"), None),
        # site, hall, zone
        ("which assets are at Brenova?", "Welche Assets stehen in Brenova?", ids("asset", lambda x: x["site"] == "S-002"), None),
        ("edge boxes in hall 3", "Edge-Boxen in Halle 3", ids("asset", lambda x: x["class"] == "edge_ai_device" and x["id"] in in_hall_3), None),
        ("what assets do we have in hall 3?", "Welche Assets stehen in Halle 3?", sorted(in_hall_3), None),
        ("which risks concern hall 3?", "Welche Risiken betreffen Halle 3?", sorted(has("risk", "assets", in_hall_3)), None),
        ("findings at Lindgrund", "Feststellungen in Lindgrund", ids("finding", lambda x: x["site"] == "S-001"), None),
        ("which assets are in zone Z7?", "Welche Assets liegen in Zone Z7?", ids("asset", lambda x: x["zone"] == "Z-007"), None),
        ("which zone is GW-01 in?", "In welcher Zone ist GW-01?", {"row": "A-075", "value": "Z-005"}, None),
        ("PLCs in the welding zone", "SPS in der Welding Zone", ids("asset", lambda x: x["class"] == "plc" and x["zone"] == "Z-007"), None),
        # AI systems
        ("which AI systems can write to a PLC?", "Welche KI-Systeme dürfen in eine SPS schreiben?", ids("ai_system", lambda x: x["writes_plc"] == "yes"), None),
        ("which AI systems have no impact assessment?", "Welche KI-Systeme haben keine Folgenabschätzung?", ids("ai_system", lambda x: not x["impact_assessment"]), None),
        ("which AI systems have a safety function?", "Welche KI-Systeme haben eine Sicherheitsfunktion?", ids("ai_system", lambda x: x["safety_function"] == "yes"), None),
        ("AI systems in operation", "KI-Systeme im Betrieb", ids("ai_system", lambda x: x["lifecycle_phase"] == "operation"), None),
        ("which AI systems are autonomous?", "Welche KI-Systeme sind autonom?", ids("ai_system", lambda x: x["autonomy"] == "autonomous"), None),
        ("for which AI systems are we the deployer?", "Bei welchen KI-Systemen sind wir Betreiber?", ids("ai_system", lambda x: x["company_role"] == "deployer"), None),
        ("which AI systems run on A-016?", "Welche KI-Systeme laufen auf A-016?", sorted(has("ai_system", "deployed_on", {"A-016"})), None),
        ("which AI systems are overdue for review?", "Bei welchen KI-Systemen ist die Prüfung überfällig?", ids("ai_system", lambda x: x["lifecycle_phase"] != "retired" and (past(x["next_review"]) or (not x["next_review"] and bool(x["last_review"]) and day(x["last_review"]) < TODAY - timedelta(days=365)))), None),
        # scores, bands, treatment
        ("risks with a score of at least 12", "Risiken mit einem Wert von mindestens 12", ids("risk", lambda x: score(x) >= 12), None),
        ("which risks have a score above 10?", "Welche Risiken haben einen Wert über 10?", ids("risk", lambda x: score(x) > 10), None),
        ("which risks are very high?", "Welche Risiken sind sehr hoch?", ids("risk", lambda x: score(x) >= 15), None),
        ("high and very high risks", "hohe und sehr hohe Risiken", ids("risk", lambda x: score(x) >= 10), None),
        ("the five highest risks", "die fünf höchsten Risiken", [x["ref_id"] for x in highest[:5]], None),
        ("top 3 risks", "Top 3 Risiken", [x["ref_id"] for x in highest[:3]], None),
        ("what is the worst risk?", "Was ist das höchste Risiko?", [highest[0]["ref_id"]], None),
        ("which risks have no treatment?", "Welche Risiken haben keine Behandlung?", ids("risk", lambda x: not x["treatment"]), None),
        ("which risks do we retain?", "Welche Risiken tragen wir?", ids("risk", lambda x: x["treatment"] == "retain"), None),
        ("how many risks are accepted?", "Wie viele Risiken sind akzeptiert?", len(ids("risk", lambda x: bool(x["accepted_at"]) and not past(x["acceptance_expires"]))), None),
        ("which risk acceptances have expired?", "Welche Risikoakzeptanzen sind abgelaufen?", ids("risk", lambda x: bool(x["accepted_at"]) and past(x["acceptance_expires"])), None),
        ("which acceptances expire within 90 days?", "Welche Akzeptanzen laufen in den nächsten 90 Tagen ab?", ids("risk", lambda x: within(x["acceptance_expires"], 90)), None),
        ("which high risks have no owner?", "Welche hohen Risiken haben keinen Eigentümer?", ids("risk", lambda x: 10 <= score(x) < 15 and not x["owner"]), None),
        ("overdue risks", "überfällige Risiken", ids("risk", lambda x: past(x["due_date"]) or past(x["review_date"])), None),
        ("which risk reviews are due in the next 30 days?", "Welche Risikoprüfungen sind in den nächsten 30 Tagen fällig?", ids("risk", lambda x: within(x["review_date"], 30)), None),
        # links
        ("which risks are linked to A.8.16?", "Welche Risiken sind mit A.8.16 verknüpft?", sorted(has("risk", "annex_a_controls", {"A.8.16"})), None),
        ("risks for A-038", "Risiken zu A-038", sorted(has("risk", "assets", {"A-038"})), None),
        ("which risks concern WeldEye?", "Welche Risiken betreffen WeldEye?", ids("risk", lambda x: x["ai_system_ref"] == "AI-001"), None),
        ("which assets does Korvik supply?", "Welche Assets kommen von Korvik?", sorted(korvik_assets), None),
        ("which risks touch Korvik?", "Welche Risiken betreffen Korvik?", sorted(has("risk", "assets", korvik_assets)), None),
        ("evidence for A.5.18", "Nachweise zu A.5.18", sorted(has("evidence", "control", {"A.5.18"})), None),
        ("which findings came out of AU-2026-001?", "Welche Feststellungen gab es in AU-2026-001?", ids("finding", lambda x: x["audit"] == "AU-2026-001"), None),
        ("corrective actions for F-2026-003", "Korrekturmaßnahmen zu F-2026-003", ids("corrective_action", lambda x: x["finding"] == "F-2026-003"), None),
        ("which risks use threat AML.T0020?", "Welche Risiken haben die Bedrohung AML.T0020?", sorted(has("risk", "threats", {"AML.T0020"})), None),
        ("which edge boxes have no risk?", "Welche Edge-Boxen haben kein Risiko?", ids("asset", lambda x: x["class"] == "edge_ai_device" and not any(x["id"] in split(risk["assets"]) for risk in risks)), None),
        # findings and actions
        ("which corrective actions are overdue?", "Welche Korrekturmaßnahmen sind überfällig?", ids("corrective_action", lambda x: x["state"] != "closed" and past(x["due_date"])), None),
        ("which actions are due within 30 days?", "Welche Maßnahmen sind innerhalb von 30 Tagen fällig?", ids("corrective_action", lambda x: x["state"] != "closed" and within(x["due_date"], 30)), None),
        ("which actions are due before the audit?", "Welche Maßnahmen sind vor dem Audit fällig?", ids("corrective_action", lambda x: x["state"] != "closed" and bool(x["due_date"]) and day(x["due_date"]) < day(audit["start_date"])), None),
        ("how many corrective actions are open?", "Wie viele Korrekturmaßnahmen sind offen?", len(ids("corrective_action", lambda x: x["state"] != "closed")), None),
        ("which majors are open?", "Welche Hauptabweichungen sind offen?", ids("finding", lambda x: x["grade"] == "major" and x["id"] in opened), None),
        ("list the observations", "Liste die Beobachtungen", ids("finding", lambda x: x["grade"] == "observation"), None),
        ("how many minors do we have?", "Wie viele Nebenabweichungen haben wir?", len(ids("finding", lambda x: x["grade"] == "minor")), None),
        ("corrective actions without root cause", "Korrekturmaßnahmen ohne Ursache", ids("corrective_action", lambda x: not x["root_cause"]), None),
        ("which actions have no evidence?", "Welche Maßnahmen haben keinen Nachweis?", ids("corrective_action", lambda x: not x["evidence"]), None),
        ("what is the status of CA-2026-003?", "Wie ist der Status von CA-2026-003?", {"row": "CA-2026-003", "value": {"en": "action planned", "de": "Maßnahme geplant"}}, None),
        ("which actions belong to majors?", "Welche Maßnahmen gehören zu Hauptabweichungen?", ids("corrective_action", lambda x: p.one("finding", x["finding"])["grade"] == "major"), None),
        # audits
        ("when is the next audit?", "Wann ist das nächste Audit?", [min((x for x in p("audit") if day(x["start_date"]) >= TODAY), key=lambda x: x["start_date"])["id"]], None),
        ("which audit was last?", "Welches Audit war das letzte?", [max((x for x in p("audit") if day(x["start_date"]) <= TODAY), key=lambda x: x["start_date"])["id"]], None),
        ("which audits are planned?", "Welche Audits sind geplant?", ids("audit", lambda x: x["status"] == "planned"), None),
        ("list the internal audits", "Liste die internen Audits", ids("audit", lambda x: x["type"] == "internal"), None),
        # SoA
        ("which controls are not implemented?", "Welche Controls sind nicht umgesetzt?", ids("control_status", lambda x: x["applicable"] == "yes" and x["implementation_status"] != "implemented"), None),
        ("which controls were never checked?", "Welche Controls wurden nie geprüft?", ids("control_status", lambda x: x["applicable"] != "no" and not x["last_checked"]), None),
        ("which controls are not applicable?", "Welche Controls sind nicht anwendbar?", ids("control_status", lambda x: x["applicable"] == "no"), None),
        ("applicable controls without evidence", "anwendbare Controls ohne Nachweis", ids("control_status", lambda x: x["applicable"] == "yes" and not x["evidence"]), None),
        ("how many controls are partly implemented?", "Wie viele Controls sind teilweise umgesetzt?", len(ids("control_status", lambda x: x["implementation_status"] == "partly")), None),
        ("which clauses are only partly fulfilled?", "Welche Klauseln sind nur teilweise erfüllt?", ids("clause_status", lambda x: x["state"] == "partly"), None),
        # suppliers
        ("which suppliers are AI vendors?", "Welche Lieferanten sind KI-Anbieter?", ids("supplier", lambda x: x["ai_vendor"] == "yes"), None),
        ("list the critical suppliers", "Liste die kritischen Lieferanten", ids("supplier", lambda x: x["critical"] == "yes"), None),
        ("suppliers without an assessment", "Lieferanten ohne Bewertung", ids("supplier", lambda x: not x["last_assessment"]), None),
        ("which supplier contracts end within 90 days?", "Welche Lieferantenverträge enden in den nächsten 90 Tagen?", ids("supplier", lambda x: within(x["contract_end"], 90)), None),
        ("when does the Korvik contract end?", "Wann endet der Vertrag mit Korvik?", {"row": "SUP-001", "value": {"en": "2028-01-08", "de": "2028-01-08"}}, None),
        ("which supplier assessments are overdue?", "Welche Lieferanten sind überfällig zur Bewertung?", ids("supplier", lambda x: past(x["next_assessment"])), None),
        # evidence, documents of proof
        ("which evidence expires in the next 60 days?", "Welche Nachweise laufen in den nächsten 60 Tagen ab?", ids("evidence", lambda x: within(x["expires_on"], 60)), None),
        ("how many pieces of evidence have expired?", "Wie viele Nachweise sind abgelaufen?", len(ids("evidence", lambda x: past(x["expires_on"]))), None),
        # incidents
        ("which incidents are open?", "Welche Vorfälle sind offen?", ids("incident", lambda x: x["status"] != "closed"), None),
        ("list the AI incidents", "Liste die KI-Vorfälle", ids("incident", lambda x: x["ai_incident"] == "yes"), None),
        ("how many incidents did we have this year?", "Wie viele Vorfälle hatten wir dieses Jahr?", len(ids("incident", lambda x: x["detected_at"][:4] == "2026")), None),
        ("critical incidents", "kritische Vorfälle", ids("incident", lambda x: x["severity"] == "critical"), None),
        # other registers
        ("which firewall rules have no owner?", "Welche Firewallregeln haben keinen Eigentümer?", ids("firewall_rule", lambda x: not x["owner"]), None),
        ("expired firewall rules", "abgelaufene Firewallregeln", ids("firewall_rule", lambda x: past(x["expires_on"])), None),
        ("remote accesses without MFA", "Fernzugriffe ohne MFA", ids("access_path", lambda x: x["kind"] == "remote" and x["mfa"] == "no"), None),
        ("overdue programme tasks", "überfällige Programmaufgaben", ids("programme_task", lambda x: not_done(x) and past(x["due_date"])), None),
        ("which obligations are laws?", "Welche Verpflichtungen sind Gesetze?", ids("obligation", lambda x: x["kind"] == "law"), None),
        ("which data flows go to the cloud?", "Welche Datenflüsse gehen in die Cloud?", ids("data_flow", lambda x: x["cloud"] == "yes"), None),
        ("which certificates expire within 200 days?", "Welche Zertifikate laufen in den nächsten 200 Tagen ab?", ids("certificate", lambda x: within(x["expires_on"], 200)), None),
        ("which interested parties ask for TISAX?", "Welche interessierten Parteien verlangen TISAX?", ids("interested_party", lambda x: x["asks_tisax"] == "yes"), None),
        ("overdue objectives", "überfällige Ziele", ids("objective", lambda x: not_done(x) and past(x["due_date"])), None),
        ("open monitoring alerts", "offene Überwachungsmeldungen", ids("monitoring_alert", lambda x: x["state"] == "open"), None),
        # groups
        ("how many risks per owner?", "Wie viele Risiken je Eigentümer?", {"groups": groups(risks, "owner")}, None),
        ("findings by grade", "Feststellungen nach Einstufung", {"groups": groups(p("finding"), "grade")}, None),
        ("assets per site", "Assets je Standort", {"groups": groups(assets, "site")}, None),
        ("number of risks by treatment", "Anzahl der Risiken nach Behandlung", {"groups": groups(risks, "treatment")}, None),
        # single rows
        ("what is R-007?", "Was ist R-007?", {"row": "R-007", "value": p.one("risk", "R-007")["name"]}, None),
        ("tell me about SUP-002", "Was ist SUP-002?", {"row": "SUP-002", "value": "Nimbra AI"}, None),
        ("show F-2026-007", "Zeige F-2026-007", {"row": "F-2026-007", "value": p.one("finding", "F-2026-007")["title"]}, None),
        ("what is R-015?", "Was ist R-015?", {"row": "", "value": ""}, None),
        # typos
        ("wich riks have no ownr", "welche Risken haben keinen Eigentuemer", ids("risk", lambda x: not x["owner"]), None),
        ("overdeu corrective actoins", "überfälige Korekturmaßnahmen", ids("corrective_action", lambda x: x["state"] != "closed" and past(x["due_date"])), None),
        ("suppliers witout assesment", "Liferanten ohne Bewertun", ids("supplier", lambda x: not x["last_assessment"]), None),
    ]  # fmt: skip


FOLLOW_UPS = (
    ("which assets are edge boxes?", "and in hall 3?", "Welche Assets sind Edge-Boxen?", "und in Halle 3?", "edge_hall_3"),
    ("which risks have a score of at least 10?", "only those without treatment", "Welche Risiken haben einen Wert von mindestens 10?", "und davon ohne Behandlung?", "high_untreated"),
    ("which corrective actions are open?", "only the overdue ones", "Welche Korrekturmaßnahmen sind offen?", "nur die überfälligen", "overdue_actions"),
    ("which risks belong to Tomasz?", "and to Oskar?", "Welche Risiken gehören Tomasz?", "und Oskar?", "oskar"),
    ("list the AI vendors", "how many are critical?", "Liste die KI-Anbieter", "wie viele davon sind kritisch?", "critical_vendors"),
)  # fmt: skip


def follow_ups(p: Plant) -> dict[str, Truth]:
    """What is right after a question before."""
    hall = {line["id"] for line in p("asset") if "hall 3" in line.get("location", "").lower()}
    return {
        "edge_hall_3": p.ids("asset", lambda x: x["class"] == "edge_ai_device" and x["id"] in hall),
        "high_untreated": p.ids("risk", lambda x: score(x) >= 10 and not x["treatment"]),
        "overdue_actions": p.ids("corrective_action", lambda x: x["state"] != "closed" and past(x["due_date"])),
        "oskar": p.ids("risk", lambda x: x["owner"] == OSKAR),
        "critical_vendors": len(p.ids("supplier", lambda x: x["ai_vendor"] == "yes" and x["critical"] == "yes")),
    }


NEAR_MISSES = (
    "how do we assess risks?", "who approves a supplier?", "what must an asset inventory contain?", "what is a major nonconformity?",
    "how often are suppliers assessed?", "when must a corrective action be closed?", "who may accept a risk?", "what is residual risk?",
    "how do I report an incident?", "which documents are mandatory for ISO 27001?", "what does A.5.9 ask for?", "why do we need a risk owner?",
    "what should be in a supplier contract?", "how long is evidence kept?", "what happens when a risk acceptance expires?",
    "may I connect my laptop to an edge box?", "how are corrective actions verified?", "what counts as an AI incident?",
    "who decides about the treatment of a risk?", "how is the impact of a risk rated?", "do we have to inform customers about incidents?",
    "what do auditors want to see about suppliers?", "how do we classify assets?", "what is the difference between a minor and a major?",
    "how is a PLC backed up?", "which rules apply to remote access?", "what training is required for operators?",
    "what must be checked before a model release?", "how are firewall rules approved?", "what is a conduit?",
    "is an edge box allowed in the office network?", "how do we handle risks of AI vendors?", "what should I do if evidence is missing?",
    "how many days do we have to close a minor?", "who must sign a risk acceptance?", "what are the requirements for audits in clause 9.2?",
    "explain likelihood and impact", "which policy covers suppliers?", "what does the standard say about risk owners?",
    "can a risk be accepted without the owner?", "Wie bewerten wir Risiken?", "Wer genehmigt einen Lieferanten?",
    "Was muss ein Inventar der Werte enthalten?", "Was ist eine Hauptabweichung?", "Wie oft werden Lieferanten bewertet?",
    "Bis wann muss eine Korrekturmaßnahme geschlossen sein?", "Wer darf ein Risiko akzeptieren?", "Was ist ein Restrisiko?",
    "Wie melde ich einen Vorfall?", "Welche Dokumente sind für ISO 27001 Pflicht?", "Was verlangt A.5.9?", "Warum braucht jedes Risiko einen Eigentümer?",
    "Was soll in einem Lieferantenvertrag stehen?", "Wie lange werden Nachweise aufbewahrt?", "Was passiert, wenn eine Akzeptanz abläuft?",
    "Darf ich mein Notebook an eine Edge-Box anschließen?", "Wie wird die Wirksamkeit einer Maßnahme geprüft?", "Was gilt als KI-Vorfall?",
    "Wer entscheidet über die Behandlung eines Risikos?", "Wie wird die Auswirkung eingestuft?", "Müssen wir Kunden über Vorfälle informieren?",
    "Was wollen Auditoren zu Lieferanten sehen?", "Wie klassifizieren wir Assets?", "Was ist der Unterschied zwischen Neben- und Hauptabweichung?",
    "Wie wird eine SPS gesichert?", "Welche Regeln gelten für Fernzugriff?", "Welche Schulung brauchen Bediener?",
    "Was muss vor einer Modellfreigabe geprüft werden?", "Wie werden Firewallregeln genehmigt?", "Was ist ein Conduit?",
    "Darf eine Edge-Box ins Büronetz?", "Wie gehen wir mit Risiken von KI-Anbietern um?", "Was mache ich, wenn ein Nachweis fehlt?",
    "Wie viele Tage haben wir, um eine Nebenabweichung zu schließen?", "Wer muss eine Risikoakzeptanz unterschreiben?",
    "Welche Anforderungen stellt 9.2 an Audits?", "Erkläre Eintrittswahrscheinlichkeit und Auswirkung", "Welche Richtlinie gilt für Lieferanten?",
    "Was sagt die Norm zu Risikoeigentümern?", "Kann ein Risiko ohne Eigentümer akzeptiert werden?",
)  # fmt: skip


def groups(some: list[Line], head: str) -> list[int]:
    """How many lines each value has, the largest first."""
    return sorted(Counter(line[head] for line in some).values(), reverse=True)


def main() -> None:
    """Write the cases."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "knowledge" / "sample_plant" / "registers"
    plant = Plant(folder)
    out = []
    for number, (english, german, truth, asker) in enumerate(truths(plant), 1):
        for tongue, question in (("en", english), ("de", german)):
            out.append(_case(f"q-r{number:03d}-{tongue}", tongue, question, truth, asker))
    right = follow_ups(plant)
    for number, (first, second, erste, zweite, name) in enumerate(FOLLOW_UPS, 1):
        for tongue, before, question in (("en", first, second), ("de", erste, zweite)):
            out.append(_case(f"q-rf{number:02d}-{tongue}", tongue, question, right[name], None) | {"thread": [before]})
    for number, question in enumerate(NEAR_MISSES, 1):
        tongue = "de" if number > 40 else "en"
        out.append({"id": f"q-rn{number:02d}", "kind": "near miss", "lang": tongue, "question": question, "as": None, "register": False})
    for case in out:
        case["split"] = "test" if zlib.crc32(str(case["id"]).encode()) % 2 else "dev"
    CASES.write_text("".join(json.dumps(case, ensure_ascii=False) + "\n" for case in out), "utf-8")
    print(Counter((case["kind"], case["lang"], case["split"]) for case in out))


def _case(id_: str, tongue: str, question: str, truth: Truth, asker: str | None) -> dict[str, Any]:
    case: dict[str, Any] = {"id": id_, "kind": "register", "lang": tongue, "question": question, "as": asker, "register": True}
    if isinstance(truth, int):
        return case | {"number": truth}
    if isinstance(truth, list):
        return case | {"ids": truth}
    value = truth.get("value")
    return case | truth | ({"value": value[tongue]} if isinstance(value, dict) else {})


if __name__ == "__main__":
    main()
