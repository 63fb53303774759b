"""What dbt would send to the warehouses: each adapter builds two projects, and its SQL is checked.

Nothing runs on a warehouse; without_connection.py says what stands in for it. Two projects are built, first from
nothing and then incrementally: the sample project in integration_tests/, and a small one that gives the macros their
arguments (main_macros.py). Of every statement it is asked that

- dbt's run succeeds, so the adapter takes our configs (`incremental_strategy` above all),
- sqlglot parses it in the dialect of the engine, without falling back to a command,
- sqlfluff's parser, another one, takes it (of every model with ENTITY_KIT_COMPILED=all, as nox sets it; else of those
  that have golden files),
- it uses nothing that the engine is known to lack (lacking.py),
- the SQL of the main macros is what the golden files say, so that a change of it is seen. To write them anew, after
  reading the difference: `nox -s compiled -- --renew`, or ENTITY_KIT_RENEW=1 for the adapters at hand.

An adapter that isn't installed is a lane that isn't run. `nox -s compiled` has all five.
"""

from __future__ import annotations

import os
import re
import shutil
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlglot
import yaml
from lacking import lacking
from load_flights import load
from main_macros import GOLDEN, MODELS, PROPERTIES, SOURCES
from sqlglot import exp
from without_connection import ENGINES, SCHEMA, Columns, Edge, profile

from support import lanes
from support.dbt_in_process import invoke

REPOSITORY = Path(__file__).resolve().parents[3]

pytestmark = pytest.mark.slow

AT_HAND = [engine for engine in ENGINES if not lanes.compiled_obstacle(engine)]
if not AT_HAND:  # test_compiled_golden.py names each of them
    pytest.skip("no warehouse's adapter is installed", allow_module_level=True)

FOLDER = Path(__file__).parent / "golden"
RUNS = ("first", "incremental")
ALL = os.environ.get("ENTITY_KIT_COMPILED") == "all"
RENEW = bool(os.environ.get("ENTITY_KIT_RENEW"))

# The adapter's own SQL, in which nothing is ours and which sqlglot doesn't know yet.
ADAPTERS_OWN = {
    "databricks": ("alter table", "optimize", "insert into table"),  # the last: `replace on (…)`
}


@dataclass(frozen=True)
class Built:
    """The result of one dbt run."""

    failures: list[str]
    compiled: dict[str, str]
    """The SQL of each node, by its unique id."""
    sent: list[tuple[str | None, str]]

    def model(self, name: str) -> str:
        """Return the SQL of a model."""
        return next(sql for key, sql in self.compiled.items() if key.split(".")[-1] == name)


class Project:
    """A project in its own folder, which runs on DuckDB and is compiled for the other engines."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.warehouse = folder / "warehouse.duckdb"
        self.profiles = folder / "profiles"
        self.profiles.mkdir()
        outputs = {engine: profile(engine) for engine in ENGINES}
        outputs["duckdb"] = {
            "type": "duckdb",
            "path": str(self.warehouse),
            "schema": SCHEMA,
            "settings": {"TimeZone": "UTC"},
        }
        text = yaml.safe_dump({name: {"target": "duckdb", "outputs": outputs}})
        (self.profiles / "profiles.yml").write_text(text, "utf-8")

    def install(self) -> None:
        """Put the package where `dbt deps` would."""
        packages = self.folder / "dbt_packages"
        packages.mkdir()
        (packages / "entity_kit").symlink_to(REPOSITORY, target_is_directory=True)

    def columns(self) -> Columns:
        """Build the project on DuckDB, from empty sources, and return the columns of all relations."""
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager

        result, messages = self.dbt("duckdb", "run")
        DuckDBConnectionManager.close_all_connections()
        assert result.success, messages
        found: Columns = {}
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            for schema, table, column, kind in connection.execute(
                "select schema_name, table_name, column_name, data_type from duckdb_columns()"
                " where not internal order by 1, 2, column_index"
            ).fetchall():
                found.setdefault((schema.lower(), table.lower()), {})[column] = kind
        return found

    def build(self, engine: str, columns: Columns) -> dict[str, Built]:
        """Build the project twice without a warehouse."""
        edge = Edge(engine, {key: dict(known) for key, known in columns.items()})
        built = {}
        with edge.installed():
            parsed, messages = self.dbt(engine, "parse")
            assert parsed.success, messages
            edge.relations = {key: "table" for key in columns if key[0] != SCHEMA}
            for run in RUNS:
                edge.statements = []
                result, messages = self.dbt(engine, "build")
                assert result.result is not None, [*messages, result.exception]
                built[run] = Built(
                    failures=messages,
                    compiled={
                        each.node.unique_id: each.node.compiled_code
                        for each in result.result.results
                        if getattr(each.node, "compiled_code", None)
                    },
                    sent=edge.statements,
                )
                for node in parsed.result.nodes.values():
                    kind = node.config.materialized
                    if node.unique_id in built[run].compiled and node.resource_type == "model":
                        relation = (SCHEMA, node.alias.lower())
                        edge.relations[relation] = "view" if kind == "view" else "table"
                        # What DuckDB's table lacks is the bucket of an entity.
                        sql = built[run].compiled[node.unique_id]
                        for name in re.findall(r" as (bucket_of_\d+)", sql):
                            edge.columns[relation][name] = "INTEGER"
        return built

    def dbt(self, engine: str, *arguments: str) -> tuple[Any, list[str]]:
        """Run dbt in process; return its result and its messages of errors."""
        return invoke(
            self.folder,
            *arguments,
            "--target",
            engine,
            profiles=self.profiles,
            target_path=self.folder / "target" / engine,
        )


def sample_project(folder: Path) -> Project:
    """Copy integration_tests/, with its sources in a DuckDB file."""
    shutil.copytree(
        REPOSITORY / "integration_tests",
        folder,
        ignore=shutil.ignore_patterns(
            "target", "logs", "warehouse", "dbt_packages", "__pycache__", "interop"
        ),
    )
    project = Project(folder, "flights")
    project.install()
    load(project.warehouse, days=1, quiet=True)
    with duckdb.connect(str(project.warehouse)) as connection:
        for schema, table in connection.execute(
            "select schema_name, table_name from duckdb_tables()"
        ).fetchall():
            connection.execute(f"truncate {schema}.{table}")
    return project


def macros_project(folder: Path) -> Project:
    """Write the project of main_macros.py, with empty sources in a DuckDB file."""
    folder.mkdir()
    project = Project(folder, "macros")
    project.install()
    settings = {
        "name": "macros",
        "version": "1.0",
        "config-version": 2,
        "profile": "macros",
        "vars": {"entity_kit_metadata": True},
    }
    (folder / "dbt_project.yml").write_text(yaml.safe_dump(settings), "utf-8")
    models = folder / "models"
    models.mkdir()
    (models / "properties.yml").write_text(PROPERTIES, "utf-8")
    for name, text in MODELS.items():
        (models / f"{name}.sql").write_text(textwrap.dedent(text).strip() + "\n", "utf-8")
    with duckdb.connect(str(project.warehouse)) as connection:
        connection.execute("create schema raw")
        for table, columns in SOURCES.items():
            listed = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
            connection.execute(f"create table raw.{table} ({listed})")
    return project


PROJECTS = {"macros": macros_project, "sample": sample_project}


# Where the files are spread over processes by group, an engine's projects are built in one of them.
@pytest.fixture(
    scope="module",
    params=[pytest.param(each, marks=pytest.mark.xdist_group(each)) for each in AT_HAND],
)
def engine(request):
    return request.param


@pytest.fixture(scope="module")
def projects(tmp_path_factory):
    """Create each project and its columns once, for the engines that need them."""
    made = {}

    def give(name):
        if name not in made:
            project = PROJECTS[name](tmp_path_factory.mktemp(name) / name)
            made[name] = (project, project.columns())
        return made[name]

    return give


@pytest.fixture(scope="module")
def builds(engine, projects):
    """Build each project once for the engine."""
    made = {}

    def give(name):
        if name not in made:
            project, columns = projects(name)
            made[name] = project.build(engine, columns)
        return made[name]

    return give


@pytest.fixture(scope="module", params=PROJECTS)
def built(request, builds):
    return builds(request.param)


@pytest.mark.parametrize("run", RUNS)
def test_the_adapter_takes_every_model_and_test(built, run):
    assert built[run].failures == []
    assert len(built[run].compiled) > 40


@pytest.mark.parametrize("run", RUNS)
def test_sqlglot_parses_every_statement(built, engine, run):
    wrong = []
    ours = list(built[run].compiled.items())
    for node, sql in ours + built[run].sent:
        if node is not None and sql.strip().lower().startswith(ADAPTERS_OWN.get(engine, ())):
            continue
        try:
            trees = sqlglot.parse(sql, read=engine)
        except sqlglot.errors.ParseError as error:
            wrong.append(f"{node}: {error}")
            continue
        commands = [each for tree in trees if tree for each in tree.find_all(exp.Command)]
        wrong += [f"{node}: only a command to sqlglot: {each.sql()[:80]}" for each in commands]
    assert wrong == []


@pytest.mark.parametrize("run", RUNS)
def test_it_uses_nothing_that_the_engine_lacks(built, engine, run):
    found = {
        f"{node}: {each}"
        for node, sql in built[run].compiled.items()
        for each in lacking(engine, sql)
    }
    assert sorted(found) == []


@pytest.mark.parametrize("run", RUNS)
def test_sqlfluff_parses_every_model(built, engine, run):
    from sqlfluff.core import FluffConfig, Linter

    linter = Linter(config=FluffConfig(overrides={"dialect": engine, "templater": "raw"}))
    wrong = []
    for node, sql in built[run].compiled.items():
        if node.startswith("model.") and (ALL or node.split(".")[-1] in GOLDEN):
            violations = linter.parse_string(sql).violations
            wrong += [f"{node}: {each.line_no}: {each.desc()}" for each in violations]
    assert wrong == []


@pytest.mark.parametrize("model", GOLDEN)
@pytest.mark.parametrize("run", RUNS)
def test_the_main_macros_write_what_the_golden_files_say(engine, builds, run, model):
    golden = FOLDER / engine / f"{model}.{run}.sql"
    sql = builds("macros")[run].model(model).strip() + "\n"
    if RENEW:
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(sql, "utf-8")
    assert sql == golden.read_text("utf-8"), "read the difference, then: nox -s compiled -- --renew"
