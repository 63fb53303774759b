"""The two projects whose SQL the compiled lanes read: a copy of integration_tests/, and that of main_macros.py."""

from __future__ import annotations

import os
import re
import shutil
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import yaml
from load_flights import load
from main_macros import MODELS, PROPERTIES, SOURCES
from without_connection import OUTPUTS, SCHEMA, Columns, Edge, profile

from support.dbt_in_process import invoke

REPOSITORY = Path(__file__).resolve().parents[3]
FOLDER = Path(__file__).parent / "golden"
RUNS = ("first", "incremental")


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
        outputs = {engine: profile(engine) for engine in OUTPUTS}
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

    def columns(self, *models: str) -> Columns:
        """Build the project, or some of its models, on DuckDB from empty sources; return all relations' columns."""
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager

        result, messages = self.dbt("duckdb", "run", *_selected(models))
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

    def compile_on_duckdb(self, *models: str) -> dict[str, Built]:
        """Compile models for DuckDB, where they are built already."""
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager

        compiled = {}
        for run, flags in zip(RUNS, [["--full-refresh"], []], strict=True):
            result, messages = self.dbt("duckdb", "compile", *flags, "--select", *models)
            assert result.success, messages
            compiled[run] = Built([], _compiled(result), [])
        DuckDBConnectionManager.close_all_connections()
        return compiled

    def build(self, engine: str, columns: Columns, *models: str) -> dict[str, Built]:
        """Build the project, or some of its models, twice without a warehouse."""
        edge = Edge(engine, {key: dict(known) for key, known in columns.items()})
        built = {}
        with edge.installed():
            parsed, messages = self.dbt(engine, "parse")
            assert parsed.success, messages
            edge.relations = {key: "table" for key in columns if key[0] != SCHEMA}
            for run in RUNS:
                edge.statements = []
                result, messages = self.dbt(engine, "build", *_selected(models))
                assert result.result is not None, [*messages, result.exception]
                built[run] = Built(
                    failures=messages,
                    compiled=_compiled(result),
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


def _selected(models: tuple[str, ...]) -> list[str]:
    return ["--select", *models] if models else []


def _compiled(result: Any) -> dict[str, str]:
    """Return the SQL of each node that a run of dbt compiled."""
    return {
        each.node.unique_id: each.node.compiled_code
        for each in result.result.results
        if getattr(each.node, "compiled_code", None)
    }


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


def golden_of(engine: str, model: str, run: str, built: dict[str, Built]) -> tuple[str, str]:
    """Return a model's SQL and what its golden file says; with ENTITY_KIT_RENEW, write the file anew first."""
    golden = FOLDER / engine / f"{model}.{run}.sql"
    sql = built[run].model(model).strip() + "\n"
    if os.environ.get("ENTITY_KIT_RENEW"):
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(sql, "utf-8")
    return sql, golden.read_text("utf-8")
