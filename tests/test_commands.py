"""The commands as a person starts them: what is printed, which exit status, and two of them on one data folder."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from assistant.answering.shape import Answer
from assistant.ownership import Ownership, holder
from tests.builders import a_document, a_plant

ROOT = Path(__file__).parents[1]
KEPT = "How long are backups of the PLC programs kept?"
EMAIL = "ines@plant.example"


@dataclass
class Shell:
    """A data folder, and the commands run on it."""

    data: Path
    documents: Path

    def environment(self, **settings: str) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith(("ANNEXA_", "SLACK_"))}
        return own | {"ANNEXA_DATA": str(self.data), "PYTHONPATH": str(ROOT)} | settings

    def annexa(self, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "assistant", *words],
            env=self.environment(**settings),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory, shipped: Path) -> Shell:
    """A plant with the texts that ship and the documents of `a_plant`, loaded by the command, in a folder with a space."""
    folder = tmp_path_factory.mktemp("a plant")
    made = Shell(folder / "data", folder / "our documents")
    made.documents.mkdir()
    shutil.copytree(shipped, made.data)
    a_plant(made.documents)
    (made.documents / "empty.md").write_bytes(b"")
    done = made.annexa("ingest", str(made.documents))
    assert done.returncode == 1, done.stderr
    assert "9 loaded, 0 unchanged, 0 removed, 1 refused" in done.stdout and "refused  empty.md: " in done.stdout
    (made.documents / "empty.md").unlink()
    return made


@pytest.fixture(scope="module")
def server(shell: Shell) -> Iterator[int]:
    """The process id of `annexa serve` on the same data folder, once it answers."""
    command = [sys.executable, "-m", "assistant", "serve", "--port", "0"]
    with subprocess.Popen(command, env=shell.environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout
        assert any("Annexa answers at" in line for line in process.stdout)
        yield process.pid
        process.send_signal(signal.SIGINT)
        process.wait(30)
    assert holder(shell.data) is None


def test_nothing_to_do_is_a_matter_of_usage(shell: Shell) -> None:
    for words in (
        [],
        ["ask"],
        ["ask", KEPT, "--batch", "questions.txt"],
        ["ask", "--no-such-option"],
        ["no-such-command"],
        ["person", "add"],
    ):
        done = shell.annexa(*words)
        assert done.returncode == 2 and "Traceback" not in done.stderr, words


def test_all_wrong_settings_are_listed_at_once(shell: Shell) -> None:
    wrong = {
        "ANNEXA_PORT": "seventy",
        "ANNEXA_MODEL": "gpt",
        "ANNEXA_MODEL_URL": "localhost:1",
        "ANNEXA_NOW": "soon",
        "ANNEXA_LOG_LEVEL": "loud",
    }
    done = shell.annexa("ask", KEPT, **wrong)
    assert done.returncode == 2 and done.stdout == ""
    for name, value in wrong.items():
        assert re.search(rf"^- {name}: .*{re.escape(value)}", done.stderr, re.MULTILINE), done.stderr
    assert "Traceback" not in done.stderr


def test_address_beyond_loopback_needs_tls_or_a_proxy(shell: Shell) -> None:
    done = shell.annexa("serve", "--host", "0.0.0.0")
    assert done.returncode == 2 and "ANNEXA_HOST" in done.stderr and "--tls-cert" in done.stderr


def test_slack_without_tokens_names_them(shell: Shell) -> None:
    done = shell.annexa("slack")
    assert done.returncode == 2 and "SLACK_BOT_TOKEN and SLACK_APP_TOKEN" in done.stderr


def test_people_labels_and_tokens_are_made(shell: Shell) -> None:
    added = shell.annexa("person", "add", "Ines Wahl", EMAIL, "--role", "auditor", "--department", "Quality")
    assert (added.returncode, added.stdout) == (0, f"P-001 Ines Wahl <{EMAIL}> auditor\n")
    again = shell.annexa("person", "add", "Ines Wahl", EMAIL.upper())
    assert again.returncode == 1 and "somebody has that e-mail already" in again.stderr
    granted = shell.annexa("person", "grant", EMAIL, "role:isms_manager")
    assert (granted.returncode, granted.stdout) == (0, f"{EMAIL} may read role:isms_manager\n")
    token = shell.annexa("token", "create", EMAIL, "laptop")
    assert token.returncode == 0 and re.fullmatch(r"annexa_[0-9a-f]{12}_[0-9a-f]{64}\n", token.stdout)
    assert token.stdout.split("_")[2].strip().encode() not in (shell.data / "annexa.db").read_bytes()
    for words in (["token", "create", "nobody@plant.example", "x"], ["person", "add", "X", "no-address"]):
        assert shell.annexa(*words).returncode == 1
    assert (shell.data / "secrets" / "pepper").stat().st_mode & 0o077 == 0


def test_batch_gives_a_line_for_each_line_failures_included(shell: Shell, tmp_path: Path) -> None:
    lines = [
        KEPT,
        json.dumps({"question": "Where is a suspicion against a colleague written down?", "as": "isms_manager"}),
        json.dumps({"question": KEPT, "as": "nobody@plant.example"}),
        '{"question": ',
        json.dumps({"asked": KEPT}),
        json.dumps({"question": "Who tests a restore of a PLC program?", "thread": "t-1"}),
        json.dumps({"question": "And how often?", "thread": "t-1"}),
        json.dumps({"question": None}),
        "😀",
        '{"question": "half \\ud800 character"}',
    ]
    path = tmp_path / "questions.txt"
    path.write_text("\n".join(lines) + "\n\n", "utf-8")
    done = shell.annexa("ask", "--batch", str(path), "--json")
    assert done.returncode == 0, done.stderr
    out = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(out) == len(lines)
    assert out[0]["reason"] == "conflict" and "F-99" in out[1]["citations"][0]["quote"]
    for number in (3, 4, 5):
        assert out[number - 1]["error"].startswith(f"line {number}: ")
    assert "nobody@plant.example" in out[2]["error"]
    assert out[6]["thread"] == "t-1" and any("every quarter" in citation["quote"] for citation in out[6]["citations"])
    assert out[8]["reason"] == "empty_question" and {"error", "status"} & set(out[9])


def test_batch_file_that_is_not_there_is_a_failed_job(shell: Shell, tmp_path: Path) -> None:
    done = shell.annexa("ask", "--batch", str(tmp_path / "none.txt"))
    assert done.returncode == 1 and "none.txt: cannot be read" in done.stderr and "Traceback" not in done.stderr


def test_doctor_finds_the_installation_well_and_an_empty_folder_not(shell: Shell, tmp_path: Path) -> None:
    well = shell.annexa("doctor")
    assert well.returncode == 0 and "LOOK" not in well.stdout and "the published one" in well.stdout
    empty = shell.annexa("doctor", ANNEXA_DATA=str(tmp_path))
    assert empty.returncode == 1 and "LOOK" in empty.stdout and "annexa init" in empty.stdout


def test_second_process_is_told_who_holds_the_folder(shell: Shell) -> None:
    held = Ownership(shell.data, "annexa import")
    try:
        for words in (["ask", KEPT], ["person", "add", "X", "x@plant.example"], ["reindex"]):
            done = shell.annexa(*words)
            assert done.returncode == 1
            assert f"in use by annexa import (process {os.getpid()})" in done.stderr and "Traceback" not in done.stderr
    finally:
        held.release()
    assert holder(shell.data) is None


def test_question_goes_to_the_process_that_serves_and_json_is_one_line(shell: Shell, server: int) -> None:
    assert (shell.data / "lock").stat().st_mode & 0o077 == 0
    done = shell.annexa("ask", "--json", "Where is a suspicion against a colleague written down?", "--as", "isms_manager")
    assert done.returncode == 0 and done.stdout.count("\n") == 1, done.stderr
    assert "F-99" in Answer.model_validate_json(done.stdout).citations[0].quote
    plain = shell.annexa("ask", KEPT)
    assert re.search(r"^\[1\] .*PRO-05|^\[1\] .*WI-07", plain.stdout, re.MULTILINE) and f"{server}" not in plain.stdout


def test_documents_are_loaded_by_the_process_that_serves(shell: Shell, server: int) -> None:
    a_document(shell.documents, "FOR-01", "# Forge\n\n## Gloves\n\nAt the forge everybody wears aluminised gloves.\n")
    done = shell.annexa("ingest", str(shell.documents))
    assert done.returncode == 0 and "1 loaded, 9 unchanged" in done.stdout, done.stderr
    assert "aluminised" in shell.annexa("ask", "Which gloves are worn at the forge?").stdout


def test_rows_are_loaded_by_the_process_that_serves_and_are_found_and_opened(shell: Shell, server: int) -> None:
    path = shell.documents.parent / "levels.csv"
    path.write_text(
        "ref_id,name,description,current_proba,current_impact,treatment\n"
        "R-801,Tarpaulin,The turquoise tarpaulin of the loading bay may tear,Oft,Groß,modify\n"
        "R-802,Gate,The gate may jam,9,2,modify\n"
    )
    scale = path.with_suffix(".json")
    scale.write_text('{"likelihood": {"Oft": 4}, "impact": {"Groß": 5}}')
    tried = shell.annexa("import", "risk", str(path), "--dry-run", "--json", "--scale", str(scale))
    report = json.loads(tried.stdout)
    assert tried.returncode == 1 and (report["new"], report["refused"], report["saved"]) == (1, 1, False), tried.stderr
    refusal = report["refusals"][0]
    assert (refusal["row"], refusal["column"], refusal["value"]) == (3, "current_proba", "9") and refusal["reason"]
    done = shell.annexa("import", "risk", str(path), "--skip-bad", "--scale", str(scale))
    assert done.returncode == 1 and "1 new, 0 changed, 0 unchanged, 1 refused; saved" in done.stdout, done.stderr
    assert "refused  row 3, current_proba is '9'" in done.stdout
    answer = Answer.model_validate_json(shell.annexa("ask", "--json", "What is R-801?").stdout)
    assert answer.citations[0].url == "/sources/row:R-801" and "very high" in answer.citations[0].quote
    out = shell.annexa("export", "risk", str(path.with_name("out.csv")))
    assert out.returncode == 0 and "1 rows of risk" in out.stdout, out.stderr


def test_conflicts_and_calendars_are_asked_of_the_process_that_serves(shell: Shell, server: int) -> None:
    done = shell.annexa("conflicts", "--json")
    assert done.returncode == 0 and "conflicts" in json.loads(done.stdout), done.stderr
    assert re.search(r"^\d+ contradictions", shell.annexa("conflicts").stdout, re.MULTILINE)
    for words in (["link", "isms_manager"], ["revoke", "nobody@plant.example"]):
        done = shell.annexa("calendar", *words)
        assert done.returncode == 1 and "in use by" not in done.stderr, done.stderr
    assert "A named person makes an address" in shell.annexa("calendar", "link", "isms_manager").stderr


def test_errors_of_the_serving_process_are_said_here(shell: Shell, server: int) -> None:
    nowhere = str(shell.data / "nowhere")
    for words, part in (
        (["ask", KEPT, "--as", "nobody@plant.example"], "nobody@plant.example"),
        (["ingest", nowhere], f"{nowhere}: there is no such file"),
    ):
        done = shell.annexa(*words)
        assert done.returncode == 1 and part in done.stderr and "Traceback" not in done.stderr
    busy = shell.annexa("person", "add", "X", "x@plant.example")
    assert busy.returncode == 1 and f"in use by annexa serve (process {server})" in busy.stderr
