"""The audit pack: what an auditor asks for before an audit, as one reader may see it, what is missing first."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlmodel import select

from assistant.assurance.auditing import evidence_files, shortfalls
from assistant.assurance.auditing.selection import Look
from assistant.assurance.auditing.shortfalls import Row, Rows, Shortfall
from knowledge.errors import NoSuchRow
from knowledge.registers import REGISTERS, history
from knowledge.registers.columns import Words
from knowledge.registers.journal import JournalHead

_COMPARED = {
    "risk": ("inherent_score", "current_score", "residual_score", "treatment", "owner", "accepted_at", "due_date", "name"),
    "control_status": ("applicable", "justification", "exclusion_reason", "implementation_status", "how", "owner", "last_checked"),
}
_PAIRS = ("inherent", "current", "residual")
_MEASURED = 6
WORDS: dict[str, Words] = {
    "missing": Words.of("What is missing", "Was fehlt"),
    "findings": Words.of("Earlier findings and their corrective actions", "Frühere Feststellungen und ihre Korrekturmaßnahmen"),
    "audits": Words.of("Internal audits of the cycle", "Interne Audits im Zyklus"),
    "reviews": Words.of("Management reviews", "Managementbewertungen"),
    "soa": Words.of("Changes of the Statement of Applicability", "Änderungen der Erklärung zur Anwendbarkeit"),
    "ai": Words.of("AI systems, new ones first", "KI-Systeme, neue zuerst"),
    "risks": Words.of("Changed risks", "Geänderte Risiken"),
    "incidents": Words.of("Incidents, AI incidents first", "Vorfälle, KI-Vorfälle zuerst"),
    "vendors": Words.of("Changes of suppliers and AI vendors", "Änderungen bei Lieferanten und KI-Anbietern"),
    "objectives": Words.of("Objectives", "Ziele"),
    "kpis": Words.of("Key figures and what was measured", "Kennzahlen und Messwerte"),
    "changes": Words.of("Changes and model releases", "Änderungen und Modellfreigaben"),
    "programme": Words.of("Programme", "Programm"),
    "activity": Words.of("Activity by month", "Aktivität nach Monaten"),
    "evidence": Words.of("Evidence and when it expires", "Nachweise und ihr Ablauf"),
    "new": Words.of("new", "neu"),
    "gone": Words.of("taken out", "herausgenommen"),
    "contract began": Words.of("contract began", "Vertrag begann"),
    "contract ended": Words.of("contract ended", "Vertrag endete"),
    "assessed": Words.of("assessed", "bewertet"),
    "since": Words.of("Since the last audit from outside, {audit}, on {day}.", "Seit dem letzten externen Audit, {audit}, am {day}."),
    "first": Words.of("There was no audit from outside before; the last 12 months are shown.", "Es gab noch kein externes Audit; gezeigt sind die letzten 12 Monate."),
    "loaded": Words.of(
        "The journal begins on {day}: what changed in the registers before that day cannot be shown from it.",
        "Das Journal beginnt am {day}: Was sich davor in den Registern geändert hat, lässt sich daraus nicht zeigen.",
    ),
    "file": Words.of("file", "Datei"),
    "link": Words.of("link", "Verweis"),
    "absent": Words.of("file is not in the data folder", "Datei liegt nicht im Datenordner"),
    "damaged": Words.of("file does not match its hash", "Datei passt nicht zu ihrem Hash"),
    "licensed": Words.of("licensed text, stays in the company", "lizenzierter Text, bleibt im Unternehmen"),
    "further": Words.of(
        "{n} of the {whole} rows are left out here; all of them stand in the archive, in {file}.",
        "{n} der {whole} Zeilen sind hier weggelassen; alle stehen im Archiv, in {file}.",
    ),
    "nothing": Words.of("nothing recorded", "nichts erfasst"),
}  # fmt: skip


@dataclass(frozen=True)
class Section:
    """One list of the pack: heads and rows of words, each row with its register and id; `note` says what was looked at."""

    name: str
    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[tuple[str, str], tuple[str, ...]], ...]
    note: str = ""


@dataclass(frozen=True)
class File:
    """A file of evidence by the id of its row, as it lies in the data folder."""

    row: str
    name: str
    content: bytes


@dataclass(frozen=True)
class Pack:
    """Everything for one audit, made for one reader as of one moment and one head of the journal."""

    audit: Row
    company: str
    asker: str
    as_of: datetime
    zone: str
    journal: tuple[int, str]
    language: str
    since: str
    missing: tuple[Shortfall, ...]
    sections: tuple[Section, ...]
    records: Mapping[tuple[str, str], Row]
    files: tuple[File, ...]

    @property
    def moment(self) -> str:
        """When it was made, in the reader's time zone, which it names."""
        return f"{self.as_of.astimezone(ZoneInfo(self.zone)):%Y-%m-%d %H:%M} ({self.zone})"

    def word(self, name: str) -> str:
        """A phrase in the pack's language."""
        return WORDS[name].label(self.language)


def make(look: Look, audit_id: str, asker: str, now: datetime, files: Path) -> Pack:
    """The pack for an audit, of what the actor of `look` may read; `files` is the folder of files by content hash. Raises NoSuchRow, NotAllowed."""
    audit = look.row("audit", audit_id)
    if not audit:
        raise NoSuchRow("audit", audit_id)
    rows = cache(look.rows)
    maker = _Maker(look, rows, audit)
    kept, included = _evidence(maker, files)
    head = look.session.exec(select(JournalHead)).one()
    isms = next(iter(rows("isms")), {})
    sections = (*maker.sections(), kept)
    named = {key for section in sections for key, _ in section.rows if key[1]}
    return Pack(
        audit, str(isms.get("name") or "").rsplit(" of ", 1)[-1], asker, now.astimezone(UTC), _zone(look), (head.count, head.hash), look.language,
        maker.since_said, tuple(shortfalls.shortfalls(rows, audit, look.today)), sections,
        _records(rows, named), included,
    )  # fmt: skip


class _Maker:
    """Makes the sections; reads each register once."""

    def __init__(self, look: Look, rows: Rows, audit: Row) -> None:
        self.look, self.rows, self.audit = look, rows, audit
        last = shortfalls.last_outside(rows, audit, look.today)
        year_ago = look.today - timedelta(days=365)
        self.since = date.fromisoformat(str(last["end_date"] or last["start_date"])[:10]) if last else year_ago
        began = history.begin(look.session)
        since = datetime(self.since.year, self.since.month, self.since.day, tzinfo=UTC) + timedelta(days=1)
        loaded = began is not None and began > since
        # What was written on the day on which the journal begins is how the registers were filled, not how they changed.
        self.baseline = datetime(began.year, began.month, began.day, tzinfo=UTC) + timedelta(days=1) if began and loaded else since
        said = self.word("since").format(audit=last["id"], day=self.since) if last else self.word("first")
        self.since_said = f"{said} {self.word('loaded').format(day=began.date())}" if began and loaded else said

    def word(self, name: str) -> str:
        return WORDS[name].label(self.look.language)

    def sections(self) -> Iterator[Section]:
        """All but the evidence, in the order in which an auditor asks."""
        yield self.findings()
        cycle = [row for row in self.rows("audit") if row["type"] == "internal"]
        yield self.listed("audits", "audit", cycle, "id", "title", "start_date", "end_date", "auditor", "status", "conclusion")
        yield self.listed(
            "reviews", "management_review", self.rows("management_review"), "id", "title", "held_on", "state", "decisions", "next_review"
        )
        yield self.changed("soa", "control_status")
        yield self.ai_systems()
        yield self.changed("risks", "risk")
        incidents = sorted(self.recent("incident", "detected_at"), key=lambda row: not row["ai_incident"])
        yield self.listed("incidents", "incident", incidents, "id", "title", "ai_incident", "severity", "status", "detected_at", "lesson")
        yield self.vendors()
        yield self.listed("objectives", "objective", self.rows("objective"), "id", "name", "target", "owner", "due_date", "state", "result")
        yield self.figures()
        yield self.changes()
        tasks = [row for row in self.rows("programme_task") if row["state"] != "dropped"]
        yield self.listed("programme", "programme_task", tasks, "id", "name", "phase", "due_date", "state", "owner", "overdue")
        yield self.activity()

    def listed(self, name: str, register: str, rows: Iterable[Row], *columns: str) -> Section:
        """Rows with these columns, headed by their words."""
        found = REGISTERS[register]
        heads = tuple(found.by_name[column].words.label(self.look.language) for column in columns)
        lines = tuple(
            ((register, str(row[found.id_name])), tuple(self.look.shown(found, column, row[column]) for column in columns)) for row in rows
        )
        return Section(name, self.word(name), heads, lines)

    def recent(self, register: str, *columns: str) -> list[Row]:
        """Rows with a day in one of the columns after the last audit from outside."""
        return [row for row in self.rows(register) if any(str(row[column] or "")[:10] > self.since.isoformat() for column in columns)]

    def findings(self) -> Section:
        """Every finding that was open at the last audit from outside or reported since, each action on its own line."""
        actions: dict[str, list[Row]] = {}
        for action in self.rows("corrective_action"):
            actions.setdefault(str(action["finding"]), []).append(action)
        found, action_of = REGISTERS["finding"], REGISTERS["corrective_action"]
        lines = []
        for row in sorted(self.rows("finding"), key=lambda row: (not row["open"], row["id"])):
            first = (row["id"], self.look.shown(found, "grade", row["grade"]), row["title"], ", ".join(row["requirement"]))
            for action in actions.get(row["id"]) or [{}]:
                state = self.look.shown(action_of, "state", action.get("state"))
                due = str(action.get("due_date") or "") + (" !" if action.get("overdue") else "")
                lines.append((("finding", row["id"]), (*first, str(action.get("id") or "–"), state, due)))
        words = [found.by_name[name].words.label(self.look.language) for name in ("id", "grade", "title", "requirement")]
        more = [
            action_of.words.label(self.look.language),
            *(action_of.by_name[name].words.label(self.look.language) for name in ("state", "due_date")),
        ]
        return Section("findings", self.word("findings"), (*words, *more), tuple(lines))

    def changed(self, name: str, register: str) -> Section:
        """What the journal says that differs since the last audit, a line a column: before and now."""
        found = REGISTERS[register]
        told = history.since(self.look.session, self.look.actor, self.baseline, register)
        first, news = _before(told), {entry.row for entry in told if entry.action == "create"}
        gone = {entry.row for entry in told if entry.action == "retire"}
        lines = []
        for row in self.rows(register):
            id_ = str(row[found.id_name])
            label = str(row.get("name") or id_)
            if id_ in news:
                lines.append(((register, id_), (id_, label, self.word("new"), "", "")))
                continue
            for column in _COMPARED[register]:
                was = _old(row, first.get(id_, {}), column)
                if was != row[column]:
                    head = found.by_name[column].words.label(self.look.language)
                    before, now = (self.look.shown(found, column, value) for value in (was, row[column]))
                    lines.append(((register, id_), (id_, label, head, before, now)))
        lines += [((register, ""), (id_, "", self.word("gone"), "", "")) for id_ in sorted(gone)]
        german = self.look.language == "de"
        heads = ("Nr.", "Name", "Was", "Vorher", "Jetzt") if german else ("Id", "Name", "What", "Before", "Now")
        note = f"{self.since_said} {self.totals()}" if name == "soa" else self.since_said
        return Section(name, self.word(name), heads, tuple(lines), note)

    def totals(self) -> str:
        """How many controls stand how in the Statement of Applicability."""
        counts: dict[str, int] = {}
        for row in self.rows("control_status"):
            counts[row["soa_status"].replace("_", " ")] = counts.get(row["soa_status"].replace("_", " "), 0) + 1
        return "; ".join(f"{state}: {number}" for state, number in sorted(counts.items()))

    def ai_systems(self) -> Section:
        """All of the inventory, those first that began since the last audit or were recorded since."""
        told = history.since(self.look.session, self.look.actor, self.baseline, "ai_system")
        news = {entry.row for entry in told if entry.action == "create"} | {row["id"] for row in self.recent("ai_system", "started_on")}
        rows = sorted(self.rows("ai_system"), key=lambda row: (row["id"] not in news, row["id"]))
        made = self.listed("ai", "ai_system", rows, "id", "name", "version", "lifecycle_phase", "in_scope", "owner")
        lines = tuple((key, (*cells, self.word("new") if key[1] in news else "")) for key, cells in made.rows)
        return Section(made.name, made.title, (*made.heads, self.word("new")), lines, self.since_said)

    def vendors(self) -> Section:
        """Contracts that began or ended and assessments that were made since the last audit."""
        events = []
        for row in self.rows("supplier"):
            for column, name in (("contract_start", "contract began"), ("contract_end", "contract ended"), ("last_assessment", "assessed")):
                day = str(row[column] or "")[:10]
                if self.since.isoformat() < day <= self.look.today.isoformat():
                    events.append((day, row, name))
        found, german = REGISTERS["supplier"], self.look.language == "de"
        lines = tuple(
            (("supplier", row["id"]), (row["id"], row["name"], self.look.shown(found, "ai_vendor", row["ai_vendor"]), self.word(name), day))
            for day, row, name in sorted(events, key=lambda event: (event[0], event[1]["id"]))
        )
        label = found.by_name["ai_vendor"].words.label(self.look.language)
        heads = ("Nr.", "Name", label, "Was", "Tag") if german else ("Id", "Name", label, "What", "Day")
        return Section("vendors", self.word("vendors"), heads, lines, self.since_said)

    def figures(self) -> Section:
        """Each key figure with its target and its last values, newest first."""
        values: dict[str, list[Row]] = {}
        for row in sorted(self.rows("measurement"), key=lambda row: str(row["measured_on"]), reverse=True):
            values.setdefault(str(row["kpi"]), []).append(row)
        made = self.listed("kpis", "kpi", self.rows("kpi"), "id", "name", "unit", "target", "direction", "owner")
        lines = tuple(
            (key, (*cells, "; ".join(f"{one['measured_on']}: {one['value']:g}" for one in values.get(key[1], ())[:_MEASURED])))
            for key, cells in made.rows
        )
        return Section("kpis", made.title, (*made.heads, REGISTERS["measurement"].words.plural(self.look.language)), lines)

    def changes(self) -> Section:
        """Changes and model releases since the last audit."""
        change = self.listed(
            "changes", "change", self.recent("change", "done_on", "planned_on"), "id", "title", "state", "done_on", "approver", "emergency"
        )
        columns = ("id", "version", "state", "deployed_on", "approver", "change")
        release = self.listed("changes", "release", self.recent("release", "deployed_on", "validated_on"), *columns)
        return Section("changes", change.title, change.heads, (*change.rows, *release.rows), self.since_said)

    def activity(self) -> Section:
        """How many rows show work in each of the last 12 months."""
        counts = shortfalls.months(self.rows, self.look.today)
        lines = []
        for month, found in counts.items():
            told = ", ".join(f"{REGISTERS[name].words.plural(self.look.language)}: {number}" for name, number in sorted(found.items()))
            lines.append((("", ""), (month, str(sum(found.values())), told or self.word("nothing"))))
        heads = ("Monat", "Einträge", "Woraus") if self.look.language == "de" else ("Month", "Records", "From")
        return Section("activity", self.word("activity"), heads, tuple(lines))


def _evidence(maker: _Maker, folder: Path) -> tuple[Section, tuple[File, ...]]:
    """(the list of evidence, its files that lie in the data folder): a licensed text stays where it is."""
    made = maker.listed("evidence", "evidence", maker.rows("evidence"), "id", "title", "control", "supports_date", "expires_on", "expired")
    bought = evidence_files.licensed(maker.look.session)
    lines, files = [], []
    for (key, cells), row in zip(made.rows, maker.rows("evidence"), strict=True):
        held = evidence_files.held(folder, str(row["file_hash"] or "").lower(), bought)
        if isinstance(held, bytes):
            files.append(File(key[1], f"{key[1]}{evidence_files.suffix(str(row['link'] or ''))}", held))
        where = maker.word("file") if isinstance(held, bytes) else maker.word(held) if held else str(row["link"] or "")
        lines.append((key, (*cells, where)))
    return Section(made.name, made.title, (*made.heads, maker.word("file")), tuple(lines)), tuple(files)


def _before(told: Sequence[history.Told]) -> dict[str, dict[str, Any]]:
    """row -> column -> its value before the first change."""
    out: dict[str, dict[str, Any]] = {}
    for entry in told:
        for name, value in (entry.body.get("before") or {}).items():
            out.setdefault(entry.row, {}).setdefault(name, value)
    return out


def _old(row: Row, before: Mapping[str, Any], column: str) -> Any:
    """What a column held; a score is worked out of what its pair held."""
    pair = column.removesuffix("_score")
    if pair not in _PAIRS or pair == column:
        return before.get(column, row[column])
    likelihood, impact = (before.get(f"{pair}_{part}", row[f"{pair}_{part}"]) for part in ("likelihood", "impact"))
    return likelihood * impact if likelihood and impact else None


def _records(rows: Rows, named: set[tuple[str, str]]) -> dict[tuple[str, str], Row]:
    """The rows that lists name, in order."""
    by_id = {name: {str(row[REGISTERS[name].id_name]): row for row in rows(name)} for name in {name for name, _ in named}}
    return {(name, id_): by_id[name][id_] for name, id_ in sorted(named) if id_ in by_id[name]}


def _zone(look: Look) -> str:
    """The reader's time zone; UTC for one who is no person here."""
    row = look.row("person", look.actor.person_id) if look.actor.person_id else {}
    try:
        return ZoneInfo(str(row.get("time_zone") or "UTC")).key
    except (ZoneInfoNotFoundError, ValueError, OSError):  # "Europe" is a folder of the database
        return "UTC"
