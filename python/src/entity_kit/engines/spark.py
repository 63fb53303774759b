"""A local Spark session as verify's engine: rows go through Parquet files, in both directions."""

from __future__ import annotations

import importlib
import os
import re
import shutil
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.adapter import open_handle
from entity_kit.dbt_bridge.project import make_runner
from entity_kit.engines.engine import EngineColumn, held
from entity_kit.errors import EntityKitError
from entity_kit.warehouse import interruptible, literal, quote, rows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from entity_kit.dbt_bridge.project import Project, Runner
    from entity_kit.warehouse import Connection

_TYPES = {
    "boolean": "BOOLEAN",
    "tinyint": "TINYINT",
    "smallint": "SMALLINT",
    "int": "INTEGER",
    "bigint": "BIGINT",
    "float": "FLOAT",
    "double": "DOUBLE",
    "string": "VARCHAR",
    "binary": "BLOB",
    "date": "DATE",
    "timestamp": "TIMESTAMP WITH TIME ZONE",
    "timestamp_ntz": "TIMESTAMP",
}
_DECIMAL = re.compile(r"decimal\((\d+),(\d+)\)")
# Parquet has these; of other types (intervals, variants) the text is compared.
_NESTED = re.compile(r"(?:array|map|struct)<.*>", re.DOTALL)
_WRITING = {
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
}


def duckdb_type(declared: str) -> str | None:
    """Return DuckDB's type for a Spark type, or None for types without invented values."""
    decimal = _DECIMAL.fullmatch(declared)
    return f"DECIMAL({decimal[1]},{decimal[2]})" if decimal else _TYPES.get(declared)


class Spark:
    """The session that dbt-spark opens in this process, as the profile configures it."""

    dialect = "spark"
    capitals = billed = False
    database: str | None = None
    most_jobs: int | None = 1  # there is one session, and a Java machine can't be forked

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix

    def runner(self, project: Project, on_progress: Any) -> Runner:
        return make_runner(project, on_progress=on_progress, forks=False)

    def output(self, output: Mapping[str, Any]) -> dict[str, Any]:
        return dict(output)

    def refuse(self, output: Mapping[str, Any]) -> None:
        if output.get("method") != "session":
            raise EntityKitError(
                f"The target connects to Spark by the method {output.get('method')!r}; verify runs "
                "in a local session.",
                fix="Add an output with `method: session` to the profile, and name it with --target.",
            )
        home = os.environ.get("JAVA_HOME")
        java = Path(home, "bin", "java") if home else shutil.which("java")
        if java is None or not Path(java).exists():
            raise EntityKitError(
                "Spark needs Java, and there is no `java`" + (f" in {home}." if home else "."),
                fix="Install Java 17, or set JAVA_HOME.",
            )

    def check(self) -> str:
        with self._session() as spark:
            spark.sparkContext.setLogLevel("ERROR")
            return str(spark.conf.get("spark.sql.session.timeZone"))

    @contextmanager
    def session(
        self, folder: Path, *, writes: bool = False, cleaning: bool = False
    ) -> Iterator[SparkSession]:
        del writes  # there is no transaction to be had
        with self._session(stoppable=not cleaning) as spark:
            yield SparkSession(spark, folder / "exchange")

    def stop(self) -> None:
        """Do nothing: everything that ran has ended with its thread."""

    @contextmanager
    def _session(self, *, stoppable: bool = True) -> Iterator[Any]:
        with _explained("Can't start the Spark session."):
            # Through dbt's handle, so that its first statement sets the profile's parameters.
            open_handle("spark").cursor().execute("select 1")
            spark = importlib.import_module("pyspark.sql").SparkSession.builder.getOrCreate()
        cancel = spark.sparkContext.cancelAllJobs
        with interruptible(cancel) if stoppable else nullcontext():
            yield spark


class SparkSession:
    """See `engine.Session`."""

    def __init__(self, spark: Any, folder: Path) -> None:
        self._spark = spark
        self._folder = folder

    def columns(self, relation: str) -> list[EngineColumn]:
        if not self._spark.catalog.tableExists(relation):
            return []
        with _explained(f"Spark can't read {relation}."):
            fields = self._spark.table(relation).schema.fields
        return [
            EngineColumn(field.name, declared, duckdb_type(declared))
            for field in fields
            for declared in [field.dataType.simpleString()]
        ]

    def take(
        self,
        connection: Connection,
        table: str,
        relation: str,
        columns: Sequence[EngineColumn],
        *,
        compared_as: str | None = None,
    ) -> None:
        del compared_as  # a value has one form in either case
        # By number, because Parquet doesn't accept every name.
        wanted = ", ".join(
            f"{_name(c.name) if _travels(c) else f'cast({_name(c.name)} as string)'} as c{n}"
            for n, c in enumerate(columns)
        )
        self._spark.catalog.refreshTable(relation)
        before = {name: self._spark.conf.get(name) for name in _WRITING}
        try:
            for name, value in _WRITING.items():
                self._spark.conf.set(name, value)
            with _explained(f"Spark can't read {relation}."):
                frame = self._spark.sql(f"select {wanted} from {relation}")
                frame.write.mode("overwrite").parquet(str(self._folder))
        finally:
            for name, value in before.items():
                self._spark.conf.set(name, value)
        named = ", ".join(f"c{n} as {quote(c.name)}" for n, c in enumerate(columns))
        files = literal(f"{self._folder}/*.parquet")
        try:
            with held(relation):
                rows(
                    connection,
                    f"create or replace table {table} as select {named} from read_parquet({files})",
                )
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    def bring(
        self,
        connection: Connection,
        select: str,
        table: str,
        columns: Sequence[EngineColumn],
        like: str,
    ) -> int:
        del like
        file = self._folder.parent / f"{table}.parquet"
        named = ", ".join(f"{quote(c.name)} as c{n}" for n, c in enumerate(columns))
        count = rows(
            connection,
            f"copy (select {named} from ({select})) to {literal(str(file))} (format parquet)",
        )[0][0]
        typed = ", ".join(
            f"cast(c{n} as {c.declared}) as {_name(c.name)}" for n, c in enumerate(columns)
        )
        # The file is deleted with its folder.
        self._run(f"create view {table} as select {typed} from parquet.{_name(str(file))}")
        return int(count)

    def show(self, view: str, table: str) -> None:
        self._run(f"create or replace view {view} as select * from {table}")

    def copy(self, relation: str, table: str) -> None:
        self._run(f"create table {table} using parquet as select * from {relation}")

    def drop_table(self, table: str) -> None:
        self._run(f"drop view if exists {table}")
        (self._folder.parent / f"{table}.parquet").unlink(missing_ok=True)

    def create_schemas(self, schemas: Collection[str]) -> None:
        for schema in schemas:
            self._run(f"create schema if not exists {schema}")

    def drop_schemas(self, schemas: Collection[str]) -> None:
        for schema in schemas:
            self._run(f"drop schema if exists {schema} cascade")

    def writing_functions(self) -> Collection[str]:
        return ()

    def _run(self, sql: str) -> None:
        with _explained("Spark returned an error."):
            self._spark.sql(sql)


def _travels(column: EngineColumn) -> bool:
    return column.type is not None or bool(_NESTED.fullmatch(column.declared))


def _name(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


@contextmanager
def _explained(what: str) -> Iterator[None]:
    try:
        yield
    except EntityKitError:
        raise
    except Exception as error:
        if "cancel" in str(error).casefold():
            raise KeyboardInterrupt from error
        raise EntityKitError(f"{what}\n{str(error).strip()[:2000]}") from error
