"""The project of integration_tests/ on any engine, over the same rows, which arrive in parts."""

from __future__ import annotations

import datetime as dt
import decimal
import shutil
from collections import Counter
from typing import TYPE_CHECKING, Any

import duckdb
import load_engines
import pytest

from support.dbt_in_process import invoke, let_go
from support.sample_project import copy_sample

# A microbatch model looks back from today, so it is told which batches there are.
BATCHES = ("--event-time-start", "2013-01-01", "--event-time-end", "2014-01-01")

# Means, which each engine divides in its own way; docs/engines.md says how. All else is equal.
MEANS = {"average_departure_delay", "avg_rating", "mean_delay"}

if TYPE_CHECKING:
    from pathlib import Path


class FlightsProject:
    """A copy of the project, run in process over one engine."""

    def __init__(self, folder: Path, engine: str, given: Path, place: Any) -> None:
        """`given` is the DuckDB file with all rows; `place` Postgres' folder or a Spark session."""
        self.engine = engine
        self._given = given
        self._place = place
        self._folder = folder
        self._warehouse = folder / "warehouse.duckdb"
        self._project = copy_sample(folder / "project")
        self._manifest: Any = None
        self._until: str | None = None

    def replace(self, models: dict[str, str], project: str | None = None) -> None:
        """Write models; with `project`, the text of dbt_project.yml, in place of all that there are."""
        if project is not None:
            shutil.rmtree(self._project / "models")
            shutil.rmtree(self._project / "analyses", ignore_errors=True)
            (self._project / "models").mkdir()
            (self._project / "dbt_project.yml").write_text(project)
        for name, text in models.items():
            (self._project / "models" / name).write_text(text)
        self._manifest = None

    def failure(self, *arguments: str) -> str:
        """Run dbt, which must fail, and return its messages."""
        result = self._invoke(None, *arguments)
        assert not result.success
        messages = [str(each.message) for each in getattr(result.result, "results", [])]
        return "\n".join([*messages, str(result.exception or "")])

    def reveal(self, until: str | None) -> None:
        """Reveal rows loaded up to a time, after those already there. None reveals all."""
        if self.engine == "duckdb":
            let_go()
            load_engines.to_duckdb(self._given, self._warehouse, self._until, until)
        elif self.engine == "postgres":
            connection = self._postgres()
            load_engines.to_postgres(self._given, connection, self._until, until)
            connection.close()
        else:
            load_engines.to_spark(self._given, self._place, self._until, until)
        self._until = until

    def run(self, *arguments: str) -> dict[str, str]:
        """Run or build models."""
        return self.dbt(*arguments, *BATCHES)

    def dbt(self, *arguments: str) -> dict[str, str]:
        """Run dbt, which must succeed, and return each node's status by its name."""
        if self._manifest is None:
            self._manifest = self._invoke(None, "parse").result
        disabled, self._manifest.disabled = self._manifest.disabled, {}
        manifest = self._manifest.deepcopy()
        self._manifest.disabled = disabled
        result = self._invoke(manifest, *arguments)
        results = getattr(result.result, "results", [])
        failed = [
            f"{each.node.name}: {each.message}"
            for each in results
            if each.status not in ("success", "pass")
        ]
        assert result.success, "\n\n".join(failed) or result.exception
        return {each.node.name: str(each.status) for each in results}

    def models(self) -> dict[str, list[str]]:
        """Return every model's columns."""
        sql = (
            "select table_name, column_name from information_schema.columns"
            " where table_schema = 'analytics' order by 1, ordinal_position"
        )
        found: dict[str, list[str]] = {}
        if self.engine == "spark":
            names = [row.tableName for row in self._place.sql("show tables in analytics").collect()]
            return {
                name: self._place.table(f"analytics.{name}").columns
                for name in names
                if not name.endswith("__dbt_tmp")
            }
        for name, column in self.query(sql):
            found.setdefault(name, []).append(column)
        return found

    def contents(self, model: str, columns: list[str]) -> Counter[Any]:
        """Count each row of a model, in plain values; a mean to nine digits."""
        rows = self.query(f"select {', '.join(columns)} from analytics.{model}")
        return Counter(
            tuple(
                float(f"{value:.9g}") if name in MEANS and value is not None else plain(value)
                for name, value in zip(columns, row, strict=True)
            )
            for row in rows
        )

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query, zoned instants in UTC."""
        if self.engine == "duckdb":
            let_go()
            with duckdb.connect(str(self._warehouse), read_only=True) as connection:
                connection.execute("set timezone = 'UTC'")
                return list(connection.execute(sql).fetchall())
        if self.engine == "postgres":
            connection = self._postgres()
            with connection.cursor() as cursor:
                cursor.execute("set timezone = 'UTC'")
                cursor.execute(sql)
                rows = list(cursor.fetchall())
            connection.close()
            return rows
        return [tuple(row) for row in self._place.sql(sql).collect()]

    def _postgres(self) -> Any:
        import psycopg2

        return psycopg2.connect(host=str(self._place), user="postgres", dbname="postgres")

    def _invoke(self, manifest: Any, *arguments: str) -> Any:
        let_go()
        target = "dev" if self.engine == "duckdb" else self.engine
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("FLIGHTS_WAREHOUSE", str(self._warehouse))
            patch.setenv("FLIGHTS_POSTGRES_HOST", str(self._place))
            patch.setenv("FLIGHTS_SPARK_FOLDER", str(self._folder / "spark"))
            result, _ = invoke(self._project, *arguments, "--target", target, manifest=manifest)
        return result


def plain(value: Any) -> Any:
    """Return a value in a type that all engines share: numbers, texts, instants in UTC."""
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.timezone.utc).replace(tzinfo=None) if value.tzinfo else value
    if isinstance(value, dt.date):
        return dt.datetime(value.year, value.month, value.day)  # noqa: DTZ001 - all are UTC
    return value
