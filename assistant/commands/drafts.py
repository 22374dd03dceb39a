"""Drafts on the command line: risk entries, documents, statements; what is drafted is printed, kept where asked for, or written to a file."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any
from urllib.parse import quote

from assistant import addresses, identity, printing
from assistant.app import App, Records
from assistant.commands.terminal import progress
from assistant.config import Settings
from assistant.drafting import questionnaire_files, questionnaires
from assistant.drafting.conflicts import KINDS
from assistant.drafting.questionnaires import MOST_QUESTIONS, Proposed
from assistant.drafting.risks import Judged, RiskDraft
from assistant.owner import fetch, listening, post
from knowledge.errors import UnreadableDocument


def risk(settings: Settings, sentence: str, who: str | None, asset: str, threat: str, keep: bool, as_json: bool) -> None:
    """Draft a risk entry and print it; with `keep` it becomes a proposal."""
    if owner := listening(settings):
        body = {"sentence": sentence, "asset": asset, "threat": threat, "keep": keep, "as": who}
        reply = post(owner, "/api/drafts/risk", body)
        made, proposal = RiskDraft.model_validate(reply["draft"]), reply["proposal"]
    else:
        with progress() as show, App(settings, "annexa draft", show) as app:
            asker = identity.asker(app.store, who)
            made = app.drafter.risk(asker, sentence, asset, threat)
            proposal = app.drafter.propose(asker, made) if keep else ""
    print(
        json.dumps({"draft": made.model_dump(mode="json"), "proposal": proposal}, ensure_ascii=False) if as_json else told(made, proposal)
    )


def document(
    settings: Settings,
    name: str,
    subject: str,
    number: str,
    answers: Mapping[str, str],
    who: str | None,
    keep: bool,
    out: Path | None,
    as_json: bool,
) -> None:
    """Draft a document and print it or write it as Markdown; with `keep` it becomes a document in state draft."""
    if owner := listening(settings):
        body = {"type": name, "subject": subject, "number": number, "answers": dict(answers), "keep": keep, "as": who}
        reply = post(owner, "/api/drafts/document", body)
        made, version = reply["draft"], reply["version"]
    else:
        with progress() as show, App(settings, "annexa draft", show) as app:
            asker = identity.asker(app.store, who)
            draft = app.drafter.document(asker, name, subject, number, answers)
            made, version = draft.as_plain(), app.drafter.keep(asker, draft).version.id if keep else None
    if as_json:
        print(json.dumps({"draft": made, "version": version}, ensure_ascii=False, default=str))
        return
    text = f"# {made['title']}\n\n{made['text']}\n{_notes(made)}"
    if out:
        out.write_text(text, "utf-8")
        print(f"{out}: {made['number']}, {len(made['open_points'])} questions open")
    else:
        print(text)
    if version:
        print(f"kept as {made['number']}, version {version}: /versions/{version}")


def section(settings: Settings, number: str, wanted: str, instruction: str, who: str | None, take: bool) -> None:
    """Print what an instruction makes of a section of the version in work; with `take` it enters the text, else it stays a suggestion."""
    if owner := listening(settings):
        body = {"section": wanted, "instruction": instruction, "take": take, "as": who}
        reply = post(owner, f"/api/documents/{addresses.part(number)}/section", body)
        version, id_, lines = reply["version"], reply["suggestion"]["id"], reply["suggestion"]["differences"]
    else:
        with progress() as show, App(settings, "annexa draft", show) as app:
            version, made = app.drafter.section(identity.asker(app.store, who), number, wanted, instruction, take)
            id_, lines = made.id, [asdict(line) for line in made.differences()]
    print("\n".join(f"{line['kind']} {line['text']}" for line in lines))
    print(f"{number}: {'taken' if take else f'suggestion {id_}, nothing is changed yet'}: /versions/{version}")


def questions(settings: Settings, number: str, who: str | None) -> None:
    """Print what is still to be decided in drafts, by the person who can answer."""
    asker = who or "isms_manager"
    if owner := listening(settings):
        lines = json.loads(fetch(owner, "/api/open-questions", {"document": number, "as": asker}))
    else:
        with Records(settings, "annexa draft questions") as app:
            found = app.drafter.open_questions(identity.asker(app.store, asker), number)
        lines = [
            {"document": one.document, "number": one.number, "question": one.point.question, "person": one.point.person} for one in found
        ]
    for person, some in groupby(sorted(lines, key=itemgetter("person")), itemgetter("person")):
        print(f"{person}:")
        print("\n".join(f"  {one['document']} {one['number']}. {one['question']}" for one in some))
    print(f"{len(lines)} questions are open")


def keep_statement(settings: Settings, name: str, number: str, who: str | None) -> None:
    """Keep a statement as the next version of its document, in state draft."""
    if owner := listening(settings):
        reply = post(owner, f"/api/statements/{quote(name)}", {"number": number, "as": who})
        draft, version = reply["draft"], reply["version"]
    else:
        with progress() as show, App(settings, "annexa statement", show) as app:
            text = app.drafter.keep_statement(identity.asker(app.store, who), name, number).text
            draft, version = text.draft, text.version_id
    print(f"kept as {draft['number']}, version {version}, {len(draft['open_points'])} questions open: /versions/{version}")


def statement(settings: Settings, name: str, path: Path, who: str | None) -> None:
    """Write a statement worked out of the registers as a workbook."""
    if path.suffix.lower() != ".xlsx":
        raise UnreadableDocument(path, "a statement is written as a workbook; name a file that ends in .xlsx")
    with Records(settings, "annexa statement") as app:
        sheets, head = app.drafter.statement(identity.asker(app.store, who or "isms_manager"), name)
    path.write_bytes(printing.workbook(sheets, head))
    print(f"{path}: {', '.join(f'{sheet.title} ({len(sheet.rows)})' for sheet in sheets)}")


def questionnaire(settings: Settings, file: Path, out: Path | None, who: str | None) -> None:
    """Answer a customer's questionnaire as far as approved facts do, in the same file or in `out`."""
    sheets = questionnaire_files.read(file)
    places = [(sheet.name, row, question) for sheet in sheets for row, question in sheet.rows]
    asked = [question for _, _, question in places]
    if owner := listening(settings):
        portions = [asked[start : start + MOST_QUESTIONS] for start in range(0, len(asked), MOST_QUESTIONS)]
        replies = [one for some in portions for one in post(owner, "/api/questionnaire", {"questions": some, "as": who})]
        made = [Proposed(one["question"], one["verdict"], one["text"], (), one["ask"]) for one in replies]
    else:
        with progress() as show, App(settings, "annexa questionnaire", show) as app:
            made = app.drafter.answers(identity.asker(app.store, who), asked)
    answers = {(name, row): questionnaires.cells(one) for (name, row, _), one in zip(places, made, strict=True)}
    written = questionnaire_files.write(file, out or file, sheets, answers)
    print(f"{out or file}: {written} of {len(places)} questions answered; read each answer before you send it.")
    for (name, row, _), one in zip(places, made, strict=True):
        if one.verdict == "needs information":
            print(f"{f'{name} ' if name else ''}row {row}: {one.question}\n    {one.ask}")


def conflicts(settings: Settings, who: str | None, as_json: bool) -> None:
    """Print the contradictions in what somebody may read."""
    asker = who or "isms_manager"
    if owner := listening(settings):
        made = json.loads(fetch(owner, "/api/conflicts", {"as": asker}))["conflicts"]
    else:
        with progress() as show, App(settings, "annexa conflicts", show) as app:
            made = [one.as_plain() for one in app.drafter.conflicts(identity.asker(app.store, asker))]
    if as_json:
        print(json.dumps({"conflicts": made}, ensure_ascii=False))
        return
    stand = [one for one in made if not one["struck"]]
    sure, unsure = [one for one in stand if one["sure"]], [one for one in stand if not one["sure"]]
    _list(sure)
    if unsure:
        print("Worth a look, because they may speak of the same thing:\n")
        _list(unsure)
    struck = f", {len(made) - len(stand)} more that the chat model does not see as such" if len(made) > len(stand) else ""
    print(f"{len(sure)} contradictions, {len(unsure)} pairs worth a look{struck}")


def _list(some: Sequence[Mapping[str, Any]]) -> None:
    for one in some:
        sides = (one["one"], one["other"])
        print(f"{KINDS[one['kind']]}: {' / '.join(side['shown'] for side in sides if side['shown'])}")
        print("".join(f"  {side['title']}: “{side['quote']}”  {side['url']}\n" for side in sides))


def told(made: RiskDraft, proposal: str) -> str:
    """A risk entry as plain text."""
    lines = [made.name, "", made.statement, ""]
    if made.asset:
        lines.append(f"Asset: {made.asset} {made.asset_name}{f', {made.ai_system}' if made.ai_system else ''}")
    else:
        lines += [
            "Which asset is meant? Say it with --asset:",
            *(f"  {fact.source_id.removeprefix('row:')} {fact.text}" for fact in made.asked),
        ]
    if made.family:
        lines += [f"Threat: {made.threat} {made.threat_name}" + (f", {made.family}" if made.of_guide else ""), ""]
    else:
        near = (f"  {fact.source_id.partition(':')[2]} {fact.text}" for fact in made.asked_threats)
        lines += ["Which threat is meant? It fits none well enough. Say it with --threat, such as:", *near, ""]
    for name in ("inherent", "current", "residual"):
        pair = getattr(made, name)
        columns = ", ".join(f"{column} {judged.level}" for column, judged in pair.impact.items())
        lines += [
            f"{name.capitalize()}: {pair.likelihood.level} x {pair.highest} = {pair.score} ({columns})",
            f"  {pair.likelihood.reason}",
        ]
    lines += ["", *(f"  {judged.reason}" for judged in made.inherent.impact.values()), *_facts(made), ""]
    lines.append(f"Treatment: {made.treatment}, priority {made.priority or '-'}. {made.treatment_reason}")
    lines.append(f"Owner: {made.owner_name or 'to be named'}; due {made.due_date}, review {made.review_date}")
    lines += [f"In place: {one.id} {one.title}" for one in made.existing]
    lines += [f"Planned: {one.measure}, until {one.due_date}" for one in made.planned]
    lines.append(f"Related: {', '.join([*made.iso42001, *made.iec62443, *made.attack_ics]) or '-'}")
    lines += [f"Similar: {one.id} {one.name} ({one.likeness:.2f}: {one.note})" for one in made.similar]
    lines += [f"Assumed: {one}" for one in made.assumptions]
    lines += [
        "",
        f"Kept as proposal {proposal}: /registers/proposal/{proposal}"
        if proposal
        else "Nothing was written; --keep makes a proposal of it.",
    ]
    return "\n".join(lines)


def _facts(made: RiskDraft) -> list[str]:
    judged: list[Judged] = [*made.inherent.impact.values(), made.inherent.likelihood, *made.current.impact.values()]
    facts = {fact.text: fact for one in judged for fact in one.facts}
    return [f"  - {fact.text}  {fact.url}" for fact in facts.values()]


def _notes(made: Mapping[str, Any]) -> str:
    """The sources of a draft by number, then its open questions with who can answer."""
    lines = [f"[^{place}]: {source['title']}: {source['quote']}  {source['url']}" for place, source in enumerate(made["sources"], 1)]
    if made["open_points"]:
        lines += ["", "Open questions:"]
    for place, point in enumerate(made["open_points"], 1):
        usual = f" Usual: {point['suggest']}." if point["suggest"] else ""
        hint = f" {point['hint']['title']} says: “{point['hint']['quote']}”" if point["hint"] else ""
        lines.append(f"{place}. {point['question']} ({point['key']}; ask {point['person']}){usual}{hint}")
    return "\n".join(lines)
