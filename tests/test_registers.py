"""The tables of the registers, what they say about themselves, and the migrations that make them."""

from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlmodel import SQLModel

from knowledge.errors import UnknownRegister, WrongSchema
from knowledge.registers import REGISTERS, Store, derived, records, register
from knowledge.registers.columns import LISTS, Codes, Kind
from knowledge.registers.rights import INSTALLATION
from knowledge.registers.store import MIGRATIONS
from tests.engines import Engine
from tests.records import NOW

HEADERS = {
    "site": "id,name,country,city",
    "person": "name,email,role,slack_id,department,plant_manager,deputy,time_zone",
    "zone": "id,name,kind,site,target_level,achieved_level",
    "supplier": "id,name,service,ai_vendor,critical,owner,contract_end,last_assessment,next_assessment,assessment_result,country",
    "asset": "id,name,description,class,confidentiality,integrity,availability,owner,site,zone,purdue_level,in_scope,scope_reason,supplier,"
    "depends_on,classification",
    "ai_system": "id,name,asset,purpose,model,version,company_role,autonomy,human_oversight,safety_function,writes_plc,data_sources,deployed_on,"
    "lifecycle_phase,last_review,next_review,impact_assessment,owner",
    "risk": "ref_id,name,description,inherent_proba,inherent_impact,inherent_level,existing_controls,current_proba,current_impact,current_level,"
    "additional_controls,residual_proba,residual_impact,residual_level,treatment,assets,owner,owner_email,threats,vulnerabilities,justification,"
    "annex_a_controls,iso42001_controls,ai_system_ref,lifecycle_phase,review_date,accepted_by,accepted_at,category,acceptance_expires",
    "audit": "id,type,title,start_date,end_date,auditor,scope,criteria,status",
    "finding": "id,audit,grade,requirement,title,evidence_seen,gap,site,reported_on,owner",
    "corrective_action": "id,finding,title,owner,reported_on,due_date,state,containment,root_cause,exists_elsewhere,action,criterion,evidence,"
    "done_on,effectiveness_result,reviewer,closed_on",
    "evidence": "id,title,control,supports_date,uploaded_on,expires_on,link,owner",
    "incident": "id,title,description,severity,status,ai_incident,site,assets,ai_system,detected_at,closed_at,lesson,owner",
    "document": "number,title,version,state,approved_on,next_review,owner,approver,audience,language,file",
    "control_status": "control,applicable,justification,exclusion_reason,implementation_status,how,owner,evidence,last_checked",
    "kpi": "id,name,definition,formula,source,unit,target,direction,owner,action_when_missed",
    "measurement": "kpi,date,value,note",
}
PREFIXES = {
    "asset": "A", "ai_system": "AI", "risk": "R", "finding": "F", "corrective_action": "CA", "audit": "AU", "evidence": "EV", "incident": "INC",
    "supplier": "SUP", "objective": "OBJ", "kpi": "KPI", "proposal": "PR", "zone": "Z",
}  # fmt: skip
SHARED = {"revision", "retired_at"}
EVERY = sorted(REGISTERS)


@pytest.mark.parametrize("name", sorted(HEADERS))
def test_the_plain_header_is_that_of_the_format(name: str) -> None:
    assert ",".join(REGISTERS[name].header) == HEADERS[name]
    assert [column.head for column in REGISTERS[name].columns][: len(REGISTERS[name].header)] == HEADERS[name].split(",")


@pytest.mark.parametrize(("name", "prefix"), PREFIXES.items())
def test_ids_begin_as_people_say_them(name: str, prefix: str) -> None:
    assert REGISTERS[name].about.prefix == prefix


def test_no_two_registers_share_a_prefix() -> None:
    prefixes = [found.about.prefix for found in REGISTERS.values() if found.about.prefix]
    assert len(prefixes) == len(set(prefixes))


@pytest.mark.parametrize("name", EVERY)
def test_every_sql_column_is_described_or_internal(name: str) -> None:
    found = REGISTERS[name]
    undescribed = {column.name for column in found.model.__table__.c if not column.info} - SHARED
    assert undescribed == set()
    for column in found.columns:
        inside = column.name in found.model.__table__.c
        assert inside == (column.kind not in (*LISTS, Kind.COMPUTED) and not column.version), column.name


@pytest.mark.parametrize("name", EVERY)
def test_headings_and_names_are_unique_and_every_column_has_words(name: str) -> None:
    found = REGISTERS[name]
    assert len(found.by_name) == len(found.by_head) == len(found.columns)
    for column in found.columns:
        assert column.words.label("en") and column.words.label("de")
        assert (column.codes is not None) == (column.kind is Kind.CODE)
        if column.kind in (Kind.LINK, Kind.LINKS, Kind.PERSON):
            assert column.register in REGISTERS
        assert (column.kind is Kind.COMPUTED) == ((name, column.name) in derived.RULES)


@pytest.mark.parametrize("name", EVERY)
def test_what_a_question_filters_on_is_indexed(name: str) -> None:
    found = REGISTERS[name]
    indexed = {columns[0].name for index in found.model.__table__.indexes if (columns := list(index.columns))}
    wanted = {
        column.name
        for column in found.columns
        if column.kind in (Kind.CODE, Kind.DATE, Kind.DATETIME, Kind.PERSON, Kind.LINK, Kind.BOOLEAN) and not column.version
    } - {"language"}
    assert wanted - indexed - {"created_at" if name == "document" else ""} == set()


@pytest.mark.parametrize(
    ("said", "name"),
    [("risks", "risk"), ("Risiken", "risk"), ("Corrective actions", "corrective_action"), ("ki-system", "ai_system"), ("SoA entries", "control_status")],
)  # fmt: skip
def test_a_register_answers_to_its_words(said: str, name: str) -> None:
    assert register(said).name == name


def test_an_unknown_register_is_named_with_those_there_are() -> None:
    with pytest.raises(UnknownRegister, match=r"spaceships: there is no such register; they are person, site"):
        register("spaceships")


def test_codes_are_found_by_their_words_and_closed_lists_refuse_others() -> None:
    closed, open_ = Codes(modify=("modify|mitigate", "mindern")), Codes(True, low=("low", "gering"))
    assert [closed.meant(word) for word in ("Mitigate", "MINDERN", "modify", "hope")] == ["modify", "modify", "modify", None]
    assert [open_.meant(word) for word in ("Gering", " somewhat ")] == ["low", "somewhat"]


# --- migrations --------------------------------------------------------------------------------------------------


def differences(store: Store) -> list[Any]:
    with store.engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), SQLModel.metadata))


@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
def test_models_and_migrations_agree(tmp_path: Path, engine: Engine) -> None:
    store = Store(engine.url(tmp_path))
    store.migrate()
    assert differences(store) == []
    store.migrate()
    store.demand_schema()


def test_a_database_that_is_not_ours_or_newer_is_refused_and_says_what_to_do(tmp_path: Path, engine: Engine) -> None:
    store = Store(engine.url(tmp_path))
    with store.engine.begin() as connection:
        connection.execute(text("CREATE TABLE document (number INTEGER)"))
    with pytest.raises(WrongSchema, match=r"already exists.*Restore a backup, or name another data folder"):
        store.migrate()
    with pytest.raises(WrongSchema, match=r"is at revision none, .* annexa init"):
        store.demand_schema()
    with store.engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('9999')"))
    with pytest.raises(WrongSchema, match=r"written by a newer Annexa .*9999"):
        store.migrate()
    with pytest.raises(WrongSchema, match=r"is at revision 9999, "):
        store.demand_schema()


@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
def test_a_database_of_the_release_before_keeps_its_data(tmp_path: Path, engine: Engine) -> None:
    store = Store(engine.url(tmp_path))
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with store.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        moment = "2026-01-02 03:04:05.000000"
        connection.execute(
            text(
                "INSERT INTO person (id, name, email, role, department, plant_manager, time_zone, created_at, changed_at)"
                " VALUES ('P-007', 'Ada Kern', 'ada@plant.example', 'owner', 'Weld', false, 'Europe/Berlin', :at, :at)"
            ),
            {"at": moment},
        )
        connection.execute(
            text(
                "INSERT INTO document (number, title, kind, framework, owner, audience, language, path, created_at, changed_at)"
                " VALUES ('IS-01', 'Policy', 'document', '', 'Ada Kern', 'public', 'en', '/x', :at, :at)"
            ),
            {"at": moment},
        )
        command.upgrade(config, "0005")
        connection.execute(
            text("INSERT INTO token (id, person_id, name, digest, created_at) VALUES ('t', 'P-007', 'script', 'x', :at)"), {"at": moment}
        )
    store.migrate()
    assert differences(store) == []
    with store.read() as session:
        person = session.get(REGISTERS["person"].model, "P-007")
        document = session.get(REGISTERS["document"].model, "IS-01")
    assert (person.name, person.audience, person.revision, person.retired_at) == ("Ada Kern", "staff", 1, None)
    with records.writing(store, INSTALLATION, NOW) as book:
        assert book.create("person", {"name": "Jon", "email": "jon@plant.example"}).id == "P-008"
    assert (document.owner, document.audience, document.revision) == ("Ada Kern", "public", 1)
