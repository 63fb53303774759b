# ruff: noqa: INP001 - a script that tests also import, not a package
"""Copies the sources of the sample warehouse, a DuckDB file, to Postgres or to a Spark session.

    python load_engines.py postgres --days 30
    dbt build --target postgres

The connection is that of profiles.yml, with the same environment variables.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import duckdb
from load_flights import DEFAULT_PATH, load

SCHEMAS = ("raw", "shop")

# Only the types that the sources have; a decimal is the same everywhere.
POSTGRES_TYPES = {"VARCHAR": "text", "DOUBLE": "double precision"}
# A plain timestamp of Spark's is an instant, too: with the session's zone at UTC both say the same.
SPARK_TYPES = {
    "VARCHAR": "string",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamp",
}


class Table:
    """A table of the sample warehouse."""

    def __init__(self, name: str, columns: dict[str, str]) -> None:
        self.name = name
        self.columns = columns
        """The columns' types, by name."""

    @property
    def arrival(self) -> str | None:
        """The column that says when a row arrived; None if all rows are there from the start."""
        return next((name for name in ("loaded_at", "extracted_at") if name in self.columns), None)

    def rows(self, since: str | None, until: str | None) -> str:
        """Return the query of the rows that arrived after `since` and not after `until`, in UTC."""
        if self.arrival is None:
            return f"select * from {self.name} where {'true' if since is None else 'false'}"
        first = "true" if since is None else f"{self.arrival} > '{since}'"
        last = "true" if until is None else f"{self.arrival} <= '{until}'"
        return f"select * from {self.name} where {first} and {last}"


def tables(connection: duckdb.DuckDBPyConnection) -> list[Table]:
    """Return the tables of the sample warehouse."""
    connection.execute("set timezone = 'UTC'")
    found: dict[str, dict[str, str]] = {}
    for schema, table, column, kind in connection.execute(
        "select schema_name, table_name, column_name, data_type from duckdb_columns()"
        " where schema_name = any($schemas) order by 1, 2, column_index",
        {"schemas": SCHEMAS},
    ).fetchall():
        found.setdefault(f"{schema}.{table}", {})[column] = kind
    return [Table(name, columns) for name, columns in found.items()]


def to_duckdb(path: Path, target: Path, since: str | None = None, until: str | None = None) -> None:
    """Copy to another DuckDB file what arrived after `since` and not after `until`.

    Without `since`, the tables are made anew.
    """
    with duckdb.connect(str(path), read_only=True) as given:
        found = tables(given)
    with duckdb.connect(str(target)) as connection:
        connection.execute(f"attach '{path}' as given (read_only)")
        if since is None:
            for schema in SCHEMAS:
                connection.execute(
                    f"drop schema if exists {schema} cascade; create schema {schema}"
                )
        for table in found:
            rows = table.rows(since, until).replace(" from ", " from given.", 1)
            connection.execute(
                f"create table {table.name} as {rows}"
                if since is None
                else f"insert into {table.name} {rows}"
            )


def to_postgres(
    path: Path, connection: Any, since: str | None = None, until: str | None = None
) -> None:
    """Copy over a connection of psycopg2 what arrived after `since` and not after `until`.

    Without `since`, the tables are made anew.
    """
    with (
        duckdb.connect(str(path), read_only=True) as given,
        connection.cursor() as cursor,
        tempfile.TemporaryDirectory() as folder,
    ):
        found = tables(given)
        if since is None:
            for schema in SCHEMAS:
                cursor.execute(f"drop schema if exists {schema} cascade; create schema {schema}")
        for table in found:
            if since is None:
                columns = ", ".join(
                    f"{name} {POSTGRES_TYPES.get(kind, kind)}"
                    for name, kind in table.columns.items()
                )
                cursor.execute(f"create table {table.name} ({columns})")
            file = Path(folder, f"{table.name}.csv")
            # NULL is nothing at all, and an empty text two quotes.
            given.execute(f"copy ({table.rows(since, until)}) to '{file}' (header false)")
            with file.open(encoding="utf-8") as lines:
                cursor.copy_expert(f"copy {table.name} from stdin (format csv)", lines)
    connection.commit()


def to_spark(path: Path, session: Any, since: str | None = None, until: str | None = None) -> None:
    """Copy into a Spark session what arrived after `since` and not after `until`.

    Without `since`, the tables are made anew.
    """
    with (
        duckdb.connect(str(path), read_only=True) as given,
        tempfile.TemporaryDirectory() as folder,
    ):
        if since is None:
            for schema in SCHEMAS:
                session.sql(f"drop schema if exists {schema} cascade")
                session.sql(f"create schema {schema}")
        for table in tables(given):
            if since is not None and table.arrival is None:
                continue
            file = Path(folder, f"{table.name}.parquet")
            given.execute(f"copy ({table.rows(since, until)}) to '{file}' (format parquet)")
            columns = ", ".join(
                f"cast({name} as {SPARK_TYPES.get(kind, kind)}) as {name}"
                for name, kind in table.columns.items()
            )
            rows = f"select {columns} from parquet.`{file}`"
            session.sql(
                f"create table {table.name} using parquet as {rows}"
                if since is None
                else f"insert into {table.name} {rows}"
            )


def postgres_connection() -> Any:
    """Connect to the server that profiles.yml names."""
    import psycopg2  # noqa: PLC0415 - needed for this engine only

    defaults = {
        "host": "localhost",
        "port": "5432",
        "user": "postgres",
        "password": "",
        "dbname": "postgres",
    }
    return psycopg2.connect(
        **{
            name: os.environ.get(f"FLIGHTS_POSTGRES_{name.upper()}", default)
            for name, default in defaults.items()
        }
    )


def spark_session(folder: Path, **more: str) -> Any:
    """Start a Spark session as profiles.yml does, with its tables in a folder, and more settings."""
    from pyspark.sql import SparkSession  # noqa: PLC0415 - needed for this engine only

    settings = {
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.ansi.enabled": "false",
        "spark.sql.warehouse.dir": f"{folder}/tables",
        "spark.hadoop.javax.jdo.option.ConnectionURL": (
            "jdbc:derby:;databaseName=metastore;create=true"
        ),
        "spark.driver.extraJavaOptions": f"-Dderby.system.home={folder}",
        "spark.sql.shuffle.partitions": "2",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        **more,
    }
    builder = SparkSession.builder.master("local[2]").enableHiveSupport()
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def main() -> int:
    """Load from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("engine", choices=["postgres", "spark"])
    parser.add_argument("--path", type=Path, default=DEFAULT_PATH, help="the DuckDB file")
    parser.add_argument("--days", type=int, help="only the first days of 2013")
    arguments = parser.parse_args()
    path = load(arguments.path, days=arguments.days)
    if arguments.engine == "postgres":
        to_postgres(path, postgres_connection())
    else:
        folder = Path(os.environ.get("FLIGHTS_SPARK_FOLDER", "warehouse/spark"))
        to_spark(path, spark_session(folder.resolve()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
