"""The repository speaks of the product only: two commands, a licence, no machine, no registry, no secret."""

import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SKIPPED = {".git", ".venv", "data", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", "node_modules", "build"}
TEXTS = {
    ".py",
    ".md",
    ".toml",
    ".yaml",
    ".yml",
    ".json",
    ".jsonl",
    ".csv",
    ".txt",
    ".html",
    ".css",
    ".js",
    ".po",
    ".lock",
    ".cfg",
    ".ini",
    ".npmrc",
    ".mako",
    "",
}


def texts() -> dict[str, str]:
    found = {}
    for path in sorted(ROOT.rglob("*")):
        inside = path.relative_to(ROOT)
        if SKIPPED & set(inside.parts) or any(part.endswith(".egg-info") for part in inside.parts):
            continue
        if path.is_file() and path.suffix in TEXTS:
            found[str(inside)] = path.read_text("utf-8")
    return found


ALL = texts()
# Spelt in two parts, so that this file does not hold what it looks for.
MACHINE = re.compile("/" + r"(?:home|Users|root|workspace)/\w|" + "/" + r"work/(?:main|shared)|" + "/" + r"tmp/brief|C:\\\\" + r"Users")
REGISTRY = re.compile(
    r"https?://(?:[\w.-]*\.)?(?:pypi\.|pythonhosted\.|npmjs\.|artifactory|nexus|jfrog|download\.pytorch)[\w./-]*|"
    + "--(?:extra-)?index"
    + "-url|registry"
    + r"\.npmjs",
    re.IGNORECASE,
)
SECRET = re.compile(
    r"\b(?:xox[bp]-\d{6,}-\w+|sk-[A-Za-z0-9]{32,}|ghp_[A-Za-z0-9]{30,}|AKIA[A-Z0-9]{16})\b|-----BEGIN [A-Z ]*PRIVATE" + " KEY"
)


@pytest.mark.parametrize("pattern", [MACHINE, REGISTRY, SECRET], ids=["machine", "registry", "secret"])
def test_no_file_names_a_machine_a_registry_or_a_secret(pattern: re.Pattern[str]) -> None:
    assert len(ALL) > 200
    assert {name: match.group() for name, text in ALL.items() if (match := pattern.search(text))} == {}


def test_readme_names_both_commands_and_what_it_does_not_do() -> None:
    readme = ALL["README.md"]
    assert "make demo" in readme and "make test" in readme
    assert "certify" in readme.lower()


def test_every_command_of_the_readme_is_in_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z][\w-]*):(?!=)", ALL["Makefile"], re.MULTILINE))
    assert set(re.findall(r"`make ([\w-]+)", ALL["README.md"])) <= targets


def test_licence_is_apache_and_the_notice_attributes_mitre() -> None:
    assert "Apache License" in ALL["LICENSE"] and "Version 2.0, January 2004" in ALL["LICENSE"]
    assert "ATLAS" in ALL["NOTICE"] and "MITRE" in ALL["NOTICE"] and "ATT&CK" in ALL["NOTICE"]
    assert tomllib.loads(ALL["pyproject.toml"])["project"]["license"] == "Apache-2.0"


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_lock_pins_every_package_by_hash_and_leaves_torch_out(lock: str) -> None:
    entries = re.findall(r"^([A-Za-z0-9][\w.\[\]-]*)==", ALL[lock], re.MULTILINE)
    blocks = re.split(r"^(?=[A-Za-z0-9])", ALL[lock], flags=re.MULTILINE)[1:]
    assert entries and len(blocks) == len(entries)
    assert [block.split("==")[0] for block in blocks if "--hash=sha256:" not in block] == []
    assert not {"torch", "triton"} & set(entries) and not any(entry.startswith("nvidia-") for entry in entries)


def test_eval_cases_are_one_json_object_a_line() -> None:
    cases = {name: text for name, text in ALL.items() if name.startswith("evals/cases/") and name.endswith(".jsonl")}
    assert cases
    for text in cases.values():
        assert all(isinstance(json.loads(line), dict) for line in text.splitlines())


def test_no_test_is_skipped_or_patched() -> None:
    forbidden = re.compile(r"\bmonkey" + r"patch\b|\bmock\." + r"patch\b|unittest\." + "mock|mark\\." + r"skip\b|mark\." + "xfail")
    assert {name: match.group() for name, text in ALL.items() if name.startswith("tests/") and (match := forbidden.search(text))} == {}
