"""The drawing of imports: they point one way."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("knowledge", "connectors", "assistant", "evals", "tests")
LEVELS = ("answering", "drafting", "assurance", "exchange")
# Who may not be imported by whom, as prefixes of modules.
FORBIDDEN = [
    ("knowledge", "assistant"),
    ("knowledge", "connectors"),
    ("connectors", "assistant"),
    ("connectors", "knowledge"),
    *((one, other) for one in ("assistant", "knowledge", "connectors") for other in ("evals", "tests")),
    *((f"assistant.{one}", f"assistant.{other}") for one in LEVELS for other in LEVELS if one != other),
    *(
        (f"assistant.{level}", f"assistant.{above}")
        for level in LEVELS
        for above in ("app", "web", "conversation", "commandline", "commands", "serving", "demo")
    ),
    *(("assistant.web", f"assistant.{above}") for above in ("commandline", "commands", "serving", "demo", "conversation")),
    ("assistant.commands", "assistant.commandline"),
    *(
        (f"assistant.{low}", f"assistant.{high}")
        for low in ("llm", "prompts", "identity")
        for high in (*LEVELS, "app", "web", "conversation")
    ),
    *(
        (f"assistant.{low}", f"assistant.{high}")
        for low in ("config", "errors")
        for high in ("llm", "prompts", "identity", *LEVELS, "app", "web", "conversation")
    ),
    ("knowledge.registers", "knowledge.index"),
    ("knowledge.reading", "knowledge.index"),
    ("knowledge.reading", "knowledge.registers"),
]


def modules() -> dict[str, set[str]]:
    """Every module of ours with the modules of ours that it imports, also inside functions."""
    found = {}
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found[name] = imported(ast.parse(path.read_text("utf-8")))
    return found


def imported(tree: ast.AST) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are written out whole"
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
    return {name for name in names if name.split(".")[0] in FOLDERS}


def below(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(f"{prefix}.")


MODULES = modules()


@pytest.mark.parametrize(("one", "other"), FORBIDDEN)
def test_one_does_not_import_the_other(one: str, other: str) -> None:
    assert {name: wrong for name, names in MODULES.items() if below(name, one) and (wrong := {n for n in names if below(n, other)})} == {}


def test_the_drawing_is_held_against_real_modules() -> None:
    assert len(MODULES) > 50
    assert any(below(name, "knowledge") for names in MODULES.values() for name in names)
    assert "knowledge.index" in MODULES["assistant.answering"]


def test_only_the_app_builds_the_store_and_the_index() -> None:
    for built in ("knowledge.index.Index", "knowledge.embedding.Encoder"):
        users = {name for name, names in MODULES.items() if below(name, "assistant") and built in names}
        assert users <= {
            "assistant.app",
            "assistant.commands.doctor",
            "assistant.answering",
            "assistant.answering.extraction",
            "assistant.answering.intents",
        }
