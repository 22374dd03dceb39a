"""What README and docs say of the repository is true: tables, files, settings, targets."""

import re
from pathlib import Path

import pytest

from assistant.config import Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
DOCS = sorted((ROOT / "docs").glob("*.md"))


def rows(text: str, head: str) -> list[list[str]]:
    """The cells of each row of the table whose head begins so."""
    table = re.search(rf"^\| {re.escape(head)}.*\n\|[-|]+\n((?:\|.*\n?)+)", text, re.MULTILINE)
    assert table, f"no table with the head {head}"
    return [[cell.strip() for cell in line.strip()[1:-1].split("|")] for line in table[1].splitlines()]


def named(cell: str) -> list[str]:
    """What stands in backticks."""
    return re.findall(r"`([^`]+)`", cell)


def targets() -> set[str]:
    return set(re.findall(r"^([a-z][\w-]*):(?!=)", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def test_table_of_frameworks_is_the_folder() -> None:
    listed = [named(row[0])[0] for row in rows(README, "file in `knowledge/frameworks/`")]
    assert sorted(listed) == sorted(path.name for path in (ROOT / "knowledge" / "frameworks").glob("*.csv"))


def test_table_of_connectors_is_the_folder() -> None:
    listed = [named(row[0])[0] for row in rows(README, "folder or file in `connectors/`")]
    there = {
        f"{path.name}/" if path.is_dir() else path.name
        for path in (ROOT / "connectors").iterdir()
        if path.name not in {"__init__.py", "__pycache__", "base.py", "http.py"}
    }
    assert sorted(listed) == sorted(there)


def test_every_file_to_open_for_a_change_exists() -> None:
    section = README.split("## I want to change ...")[1].split("\n## ")[0]
    paths = [path for row in rows(section, "what | open") for path in named(row[1])]
    assert len(paths) > 20
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_table_of_settings_is_the_settings_class() -> None:
    listed = [named(row[0])[0] for row in rows(README, "variable | default")]
    fields = [field.alias or f"ANNEXA_{name.upper()}" for name, field in Settings.model_fields.items()]
    assert sorted(listed) == sorted(fields)


def test_defaults_of_the_table_are_those_of_the_settings_class() -> None:
    said = {named(row[0])[0]: "".join(named(row[1])) for row in rows(README, "variable | default")}
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else str(field.default)
        default = default.lower() if isinstance(field.default, bool) else default
        assert said[field.alias or f"ANNEXA_{name.upper()}"] == default, name


@pytest.mark.parametrize("path", [ROOT / "README.md", *DOCS], ids=lambda path: path.name)
def test_every_make_target_that_is_named_exists(path: Path) -> None:
    text = path.read_text("utf-8")
    code = named(text.replace("```", "")) + re.findall(r"^make .*$", text, re.MULTILINE)
    assert {target for line in code for target in re.findall(r"(?<![\w-])make ([a-z][\w-]*)", line)} <= targets()


@pytest.mark.parametrize("path", [ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS], ids=lambda path: path.name)
def test_every_link_to_a_file_of_the_repository_leads_somewhere(path: Path) -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text("utf-8")) if "://" not in link]
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_readme_leads_to_every_page_of_the_docs() -> None:
    linked = set(re.findall(r"\]\((docs/[\w-]+\.md)\)", README))
    assert linked == {f"docs/{path.name}" for path in DOCS}
