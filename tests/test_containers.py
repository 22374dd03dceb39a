"""Dockerfile and compose file: valid without an engine, and what they promise: no root, health checks, secrets as files, exact tags."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.config import Settings

ROOT = Path(__file__).parents[1]
TOOLS = Path(sys.executable).parent
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
EXACT = re.compile(r"^[\w./-]+:\d+\.\d+[\w.-]*$")


def run(tool: str, *words: str, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(TOOLS / tool), *words], capture_output=True, text=True, check=False, timeout=60, **more)


def test_compose_file_is_of_the_published_schema() -> None:
    done = run("check-jsonschema", "--builtin-schema", "vendor.compose-spec", str(ROOT / "docker-compose.yml"))
    assert done.returncode == 0, done.stdout


def test_compose_file_can_be_read_with_its_settings_and_names_what_is_missing(tmp_path: Path) -> None:
    shutil.copy(ROOT / "docker-compose.yml", tmp_path)
    engine = tmp_path / "podman"  # asked for its version only
    engine.write_text("#!/bin/sh\necho 5.0.0\n", "utf-8")
    engine.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    reading = ("-f", str(tmp_path / "docker-compose.yml"), "--profile", "slack", "config")
    (tmp_path / ".env").write_text("", "utf-8")
    done = run("podman-compose", *reading, env=environment, cwd=tmp_path)
    assert done.returncode != 0 and "write the address of your reverse proxy into .env" in done.stdout + done.stderr
    (tmp_path / ".env").write_text("ANNEXA_TRUSTED_PROXY=172.30.83.1\n", "utf-8")
    done = run("podman-compose", *reading, env=environment, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert set(yaml.safe_load(done.stdout)["services"]) == {"web", "slack", "database", "chroma"}


def test_dockerfile_has_no_finding_of_hadolint() -> None:
    done = run("hadolint", "--format", "json", str(ROOT / "Dockerfile"))
    assert (done.returncode, json.loads(done.stdout)) == (0, [])


def test_images_have_exact_tags() -> None:
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    images = [service["image"] for service in SERVICES.values()]
    assert len(bases) == 2 and [name for name in [*bases, *images] if not EXACT.match(name)] == []
    version = re.search(r'^version = "(.*)"', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    assert version and f"annexa:{version[1]}" in images


@pytest.mark.parametrize("name", SERVICES)
def test_no_process_runs_as_root_or_may_become_it(name: str) -> None:
    service = SERVICES[name]
    assert service.get("user") == "postgres" if name == "database" else re.search(r"^USER 10001$", DOCKERFILE, re.MULTILINE)
    assert service["cap_drop"] == ["ALL"] and service["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"slack"}))
def test_every_service_that_listens_has_a_health_check(name: str) -> None:
    assert SERVICES[name].get("healthcheck", {}).get("test") or (name == "web" and "HEALTHCHECK" in DOCKERFILE)


def test_secrets_are_files_and_no_setting_holds_one() -> None:
    assert all(set(secret) == {"file"} for secret in COMPOSE["secrets"].values())
    for service in SERVICES.values():
        given = [name for name in service.get("environment", {}) if re.search("PASSWORD|TOKEN|KEY", name) and not name.endswith("_FILE")]
        assert given == []


def test_a_setting_may_be_a_file_and_the_password_is_put_into_the_address(tmp_path: Path) -> None:
    for name, value in {"annexa_database_password": "a:b@c/d", "annexa_model_key": "", "slack_bot_token": "bot"}.items():
        (tmp_path / name).write_text(value, "utf-8")
    settings = Settings(_secrets_dir=[tmp_path], database_url="postgresql+psycopg://annexa@database/annexa")  # type: ignore[call-arg]
    assert settings.url == "postgresql+psycopg://annexa:a%3Ab%40c%2Fd@database/annexa"
    assert (settings.model_key, settings.slack_bot_token) == ("", "bot")


def test_chroma_is_served_by_its_own_command_never_by_its_python_server() -> None:
    """The Python server is open to CVE-2026-45829."""
    assert (SERVICES["chroma"]["entrypoint"], SERVICES["chroma"]["command"][0]) == (["chroma"], "run")
    assert SERVICES["chroma"]["networks"] == ["inside"] and "ports" not in SERVICES["chroma"]
