"""What several test files share: a real App over a small plant, built once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant import identity
from assistant.app import App
from assistant.config import Settings
from tests import builders


@pytest.fixture(scope="session")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a handful of documents of every standing and audience."""
    return builders.a_plant(tmp_path_factory.mktemp("plant of ours"))


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory, plant: Path) -> Iterator[App]:
    """The product over that plant, with people; the encoder is the real one."""
    settings = Settings(data=tmp_path_factory.mktemp("data of ours"), demo=False)
    with App(settings, "tests") as made:
        identity.add_person(made.store, "Ines Albrecht", "ines@plant.example", "isms_manager")
        identity.add_person(made.store, "Emil Sorg", "emil@plant.example", "staff", department="Production", slack_id="U0EMIL")
        identity.add_person(made.store, "Lea Hartwig", "lea@plant.example", "auditor")
        report = made.ingest(plant)
        assert not report.refused, report.refused
        yield made
