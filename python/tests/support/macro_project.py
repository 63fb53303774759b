"""A small, quick, real dbt project with the package installed, for tests of macros.

`make_project(models={"a.sql": "select 1 as x"}, ...)` (module scope, so that one parse serves the
whole module) writes a project to a temporary folder, with `entity_kit` as a local package and a
DuckDB file of its own, and gives a `Project`:

- `project.run("run", "--select", "a")` runs dbt in process and gives dbt's own result; where dbt
  failed, `RunError` has all its messages. The project is parsed once; after `project.write(...)` it
  is parsed again.
- `project.refused("run")` runs dbt, which must fail because a macro refuses an argument, and gives
  the macro's own message, whole, without dbt's frame around it.
- `project.render("{{ entity_kit.hashdiff(['a']) }}")` compiles a snippet and gives the SQL.
- `project.compiled("a", full_refresh=True)` gives the SQL of a model as dbt would run it.
- `project.scratch()` gives an empty warehouse of the same names, for compiled SQL and for property
  tests that are to run it hundreds of times.
- `project.execute(sql)` and `project.query(sql)` (a list of tuples) speak to the same warehouse, in
  the schema where the models are built, `Project.schema`.
- `project.let_go()` closes the DuckDB file, which stays open between runs, before other code opens
  it.

`render` and `refused` are module fixtures over one empty project, for tests of expressions and of
refusals: `refused(snippet)` gives the message. `warehouse(sql)` queries that project's warehouse.

Engines: tests that take the `engine` fixture run on DuckDB and on Postgres: pass it on,
`make_project(engine=engine, ...)`. Postgres is the embedded server of `postgres_folder`, or the one
that ENTITY_KIT_POSTGRES names: "host=localhost port=5432 user=me password=me dbname=test". Modules
that aren't in `ON_POSTGRES` run there with `--all-engines` only, for it takes five minutes. Tests
whose expectation is the SQL of one engine say `@pytest.mark.usefixtures("duckdb_only")`.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
import yaml

from support.data_test_arguments import as_this_dbt_reads
from support.dbt_in_process import invoke, let_go, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

PACKAGE = Path(__file__).resolve().parents[3]
# The modules whose tests are about the SQL itself.
ON_POSTGRES = (
    "test_family",
    "test_identities",
    "test_incremental_filter",
    "test_keys",
    "test_models",
    "test_no_anomalies",
    "test_rates",
    "test_run_history",
    "test_session_zone",
    "test_sessions",
    "test_touched_filter",
)

# Where Postgres is, as soon as a test asks for it.
POSTGRES = {"connection": os.environ.get("ENTITY_KIT_POSTGRES", "")}


class RunError(AssertionError):
    """dbt failed; the text is its own message."""


def refusal(error: BaseException) -> str:
    """Return the macro's own message, without dbt's frame ("Compilation Error in …", "> in macro …")."""
    lines = str(error).split("\n")
    start = next(i for i, line in enumerate(lines) if re.match(r"\s*\w+: `", line))
    end = next((i for i, line in enumerate(lines) if i > start and not line.strip()), len(lines))
    return "\n".join(line.strip() for line in lines[start:end])


class Project:
    """A dbt project in a temporary folder; see the module's text."""

    def __init__(self, folder: Path, engine: str) -> None:
        self.folder = folder
        self.engine = engine
        self.schema = "main" if engine == "duckdb" else f"ek_{secrets.token_hex(4)}"
        self.database = folder / "warehouse.duckdb"
        self._manifest: Any = None

    def write(self, files: Mapping[str, str]) -> None:
        """Write files by their path in the project. The next run parses them."""
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            properties = "arguments:" in text and path.suffix == ".yml"
            path.write_text(as_this_dbt_reads(text) if properties else text, encoding="utf-8")
        self._manifest = None

    def run(self, *args: str) -> Any:
        """Run dbt in process with these arguments, and return its result."""
        return self._invoke(self.manifest(), *args)

    def manifest(self) -> Any:
        """Return a copy of the parsed project. dbt's own `deepcopy` fails on disabled nodes."""
        if self._manifest is None:
            self._manifest = self._invoke(None, "parse")
        disabled, self._manifest.disabled = self._manifest.disabled, {}
        try:
            copied = self._manifest.deepcopy()
        finally:
            self._manifest.disabled = disabled
        copied.disabled = dict(disabled)
        return copied

    def run_bare(self, *args: str) -> Any:
        """Run dbt without parsing the project first: `deps`, or a project that doesn't parse."""
        return self._invoke(None, *args)

    def refused(self, *args: str) -> str:
        """Run dbt, which must fail by a macro's refusal, and return the macro's whole message."""
        with pytest.raises(RunError) as caught:
            self.run(*args)
        return refusal(caught.value)

    def render(self, snippet: str) -> str:
        """Return the SQL that a snippet compiles to."""
        result = self.run("compile", "--inline", snippet)
        return str(result.results[0].node.compiled_code)

    def compiled(self, model: str, *, full_refresh: bool = False) -> str:
        """Return a model's SQL as dbt would run it now."""
        return self.compiled_all([model], full_refresh=full_refresh)[model]

    def compiled_all(self, models: list[str], *, full_refresh: bool = False) -> dict[str, str]:
        """Return the SQL of several models by name, in one compilation."""
        flags = ["--full-refresh"] if full_refresh else []
        results = self.run("compile", "--select", *models, *flags).results
        return {result.node.name: str(result.node.compiled_code) for result in results}

    def execute(self, sql: str) -> None:
        """Execute SQL, one statement or several, in the models' schema."""
        with self._connection() as connection:
            connection.execute(sql)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with self._connection() as connection:
            return list(connection.execute(sql).fetchall())

    @contextlib.contextmanager
    def scratch(self) -> Iterator[Any]:
        """Return an empty warehouse of the same names, in which compiled SQL runs many times a second.

        Statements go through its `execute`. On Postgres it is the project's own schema, emptied:
        give such tests a project of their own.
        """
        if self.engine == "duckdb":
            with duckdb.connect() as connection:
                connection.execute("set timezone = 'UTC'; attach ':memory:' as warehouse")
                connection.execute("use warehouse")
                yield connection
            return
        self.execute(f"drop schema if exists {self.schema} cascade; create schema {self.schema}")
        with self._connection() as connection:
            yield connection

    def let_go(self) -> None:
        """Make dbt close the warehouse's file, which it keeps open, for others to open it."""
        let_go()

    def close(self) -> None:
        """Let go of the warehouse, and empty it where it isn't a file."""
        let_go()
        if self.engine == "postgres":
            self.execute(f"drop schema if exists {self.schema} cascade")

    @contextlib.contextmanager
    def _connection(self) -> Iterator[Any]:
        if self.engine == "duckdb":
            with opened(self.database) as connection:
                connection.execute("set timezone = 'UTC'")
                yield connection
            return
        import psycopg2

        connection = psycopg2.connect(POSTGRES["connection"])
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(f"create schema if not exists {self.schema}")
                cursor.execute(f"set search_path = {self.schema}; set timezone = 'UTC'")
                yield _Cursor(cursor)
        finally:
            connection.close()

    def _invoke(self, manifest: Any, *args: str) -> Any:
        result, errors = invoke(self.folder, *args, manifest=manifest)
        if result.exception is not None or not result.success:
            raise RunError("\n\n".join([*errors, str(result.exception or "")]))
        return result.result


class _Cursor:
    """psycopg2's cursor with DuckDB's chaining."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    def execute(self, sql: str) -> Any:
        self._cursor.execute(sql)
        return self._cursor


def _profile(project: Project) -> dict[str, Any]:
    if project.engine == "duckdb":
        return {
            "type": "duckdb",
            "path": str(project.database),
            "threads": 1,
            "settings": {"timezone": "UTC"},
        }
    given = dict(part.split("=", 1) for part in POSTGRES["connection"].split())
    return {
        "type": "postgres",
        "host": given.get("host", "localhost"),
        "port": int(given.get("port", "5432")),
        "user": given["user"],
        "password": given.get("password", ""),
        "dbname": given.get("dbname", "postgres"),
        "schema": project.schema,
        "threads": 1,
    }


@pytest.fixture(scope="module", params=["duckdb", pytest.param("postgres", marks=pytest.mark.slow)])
def engine(request: pytest.FixtureRequest) -> str:
    """Return the engine to run on, once for each."""
    module = request.module.__name__.rpartition(".")[2]
    is_wanted = module in ON_POSTGRES or request.config.getoption("--all-engines")
    if request.param == "postgres" and not is_wanted:
        pytest.skip("runs on Postgres with --all-engines")
    if request.param == "postgres" and not POSTGRES["connection"]:
        folder = request.getfixturevalue("postgres_folder")
        POSTGRES["connection"] = f"host={folder} user=postgres dbname=postgres"
    return str(request.param)


@pytest.fixture
def duckdb_only(engine: str) -> None:
    """Skip on other engines."""
    if engine != "duckdb":
        pytest.skip("says what DuckDB's SQL looks like")


@pytest.fixture(scope="module")
def make_project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Project]]:
    """Create a project of `models`, `macros`, `data_tests` (name to text), and `variables`."""
    made: list[Project] = []

    def make(
        models: Mapping[str, str] | None = None,
        *,
        macros: Mapping[str, str] | None = None,
        data_tests: Mapping[str, str] | None = None,
        variables: Mapping[str, Any] | None = None,
        engine: str = "duckdb",
    ) -> Project:
        project = Project(tmp_path_factory.mktemp("project"), engine)
        packages = project.folder / "dbt_packages"
        packages.mkdir()
        # What `dbt deps` does for a local package, without the two seconds that it takes.
        (packages / "entity_kit").symlink_to(PACKAGE, target_is_directory=True)
        profile = {"target": "dev", "outputs": {"dev": _profile(project)}}
        settings = {
            "name": "consumer",
            "version": "1.0",
            "config-version": 2,
            "profile": "consumer",
            "flags": {"send_anonymous_usage_stats": False},
            "vars": dict(variables or {}),
        }
        project.write(
            {
                "dbt_project.yml": yaml.safe_dump(settings),
                "profiles.yml": yaml.safe_dump({"consumer": profile}),
                "packages.yml": yaml.safe_dump({"packages": [{"local": str(PACKAGE)}]}),
                **{f"models/{name}": text for name, text in (models or {}).items()},
                **{f"macros/{name}": text for name, text in (macros or {}).items()},
                **{f"tests/{name}": text for name, text in (data_tests or {}).items()},
            },
        )
        made.append(project)
        return project

    yield make
    for project in made:
        project.close()


@pytest.fixture(scope="module")
def empty_project(make_project: Callable[..., Project], engine: str) -> Project:
    """Make a project without models, one per module and engine."""
    return make_project(engine=engine)


@pytest.fixture(scope="module")
def render(empty_project: Project) -> Callable[[str], str]:
    """Compile a snippet."""
    return empty_project.render


@pytest.fixture(scope="module")
def refused(empty_project: Project) -> Callable[[str], str]:
    """Compile a snippet that must be refused, and return the macro's complete message."""
    return lambda snippet: empty_project.refused("compile", "--inline", snippet)


@pytest.fixture(scope="module")
def warehouse(empty_project: Project) -> Callable[[str], list[tuple[Any, ...]]]:
    """Query the empty project's warehouse."""
    return empty_project.query
