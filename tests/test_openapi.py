"""REST keeps to its own description, whatever is sent: schemathesis makes the requests."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.specs.openapi.checks import positive_data_acceptance

from assistant import identity
from assistant.app import Records
from assistant.web import create
from knowledge.registers import REGISTERS
from tests.register_web import a_web_plant
from tests.web import with_settings


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Records]:
    with a_web_plant(tmp_path_factory.mktemp("openapi")) as made:
        yield made


@pytest.fixture(scope="module")
def web(app: Records) -> FastAPI:
    return create(with_settings(app, trusted_proxy="127.0.0.1"))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def described(web: FastAPI) -> dict[str, Any]:
    return web.openapi()


@pytest.fixture(scope="module")
def api(web: FastAPI) -> Any:
    return schemathesis.openapi.from_asgi("/api/openapi.json", web)


@pytest.fixture(scope="module")
def token(app: Records) -> str:
    return identity.create_token(app.store, app.secrets, "isms_manager@plant.example", "schemathesis")


PATHS = r"^/api/(registers|journal|risk_method|risk|control_status|measurement|proposal|actions|findings|cycle|audit-programme|audit-coverage|pictures|kpis|management-reviews|programme|lessons|tasks)(/|$)"


def test_replies_are_as_described(api: Any, token: str) -> None:
    @settings(max_examples=3, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(data=st.data())
    def ask(data: st.DataObject) -> None:
        # Rows name each other by id, which no schema says: a well-formed request may still be refused with 422.
        case = data.draw(operation.as_strategy())
        case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, excluded_checks=[positive_data_acceptance])

    asked = 0
    for found in api.include(path_regex=PATHS).get_all_operations():
        operation = found.ok()
        ask()
        asked += 1
    assert asked > 20


def test_every_register_is_described_with_its_columns_and_problems(described: dict[str, Any]) -> None:
    for found in REGISTERS.values():
        name = found.name.title().replace("_", "")
        assert set(described["components"]["schemas"][name]["properties"]) == {*found.by_name, "revision"}
        listed = described["paths"][f"/api/{found.name}"]["get"]
        assert {parameter["name"] for parameter in listed["parameters"]} >= {*found.by_name, "q", "sort", "limit", "offset"}
        for status in ("401", "403", "422"):
            body = listed["responses"][status]["content"]["application/problem+json"]["schema"]
            assert body == {"$ref": "#/components/schemas/Problem"}
        assert {"HTTPBearer": []} in listed["security"] and {"APIKeyCookie": []} in listed["security"]


def test_no_reference_leads_nowhere_and_no_operation_has_the_name_of_another(described: dict[str, Any]) -> None:
    def references(part: Any) -> Iterator[str]:
        if isinstance(part, dict):
            if isinstance(part.get("$ref"), str):
                yield part["$ref"]
            part = list(part.values())
        if isinstance(part, list):
            for one in part:
                yield from references(one)

    named = {f"#/components/schemas/{name}" for name in described["components"]["schemas"]}
    assert set(references(described)) <= named
    ids = [operation["operationId"] for path in described["paths"].values() for operation in path.values()]
    assert len(ids) == len(set(ids))
