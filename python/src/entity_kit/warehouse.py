"""DuckDB files: opening, quoting, asking. The only importer of duckdb."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from entity_kit.errors import EntityKitError

if TYPE_CHECKING:
    from collections.abc import Iterator

Connection = duckdb.DuckDBPyConnection


def quote(name: str) -> str:
    """Give an identifier in double quotes, whatever it contains."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """Give a string as an SQL literal, whatever it contains."""
    return "'" + value.replace("'", "''") + "'"


class QueryError(Exception):
    """DuckDB's refusal of a statement, with its own words."""


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or view by its full name."""

    database: str
    schema: str
    name: str

    def __str__(self) -> str:
        return f"{quote(self.database)}.{quote(self.schema)}.{quote(self.name)}"


@contextmanager
def connect(
    path: str | Path = ":memory:", *, read_only: bool = False, create: bool = False
) -> Iterator[Connection]:
    """Open a DuckDB file for the length of a `with` block; only `create` makes a new one.

    Raises EntityKitError where the file is missing, held by another process, or not DuckDB's.
    """
    with explained(path, create=create):
        connection = duckdb.connect(str(path), read_only=read_only)
    try:
        yield connection
    finally:
        connection.close()


def attach(
    connection: Connection,
    path: str | Path,
    alias: str,
    *,
    read_only: bool = True,
    create: bool = False,
) -> None:
    """Attach a DuckDB file under an alias; errors as in `connect`."""
    mode = " (read_only)" if read_only else ""
    with explained(path, create=create):
        connection.execute(f"attach {literal(str(path))} as {quote(alias)}{mode}")


@contextmanager
def explained(path: str | Path, *, create: bool = False) -> Iterator[None]:
    """Turn DuckDB's errors about a file into sentences with a way out."""
    if str(path) != ":memory:" and not create and not Path(path).exists():
        raise EntityKitError(
            f"There is no warehouse file at {path}.",
            fix="Build the project once with dbt, or correct `path` in the profile.",
        )
    try:
        yield
    except duckdb.IOException as error:
        text = str(error)
        if "lock" in text:
            raise EntityKitError(
                f"{path} is held by another process.\n{text.splitlines()[0]}",
                fix="Close the other program (a dbt run, a notebook, a DuckDB shell) and try again.",
            ) from error
        if "not a valid DuckDB" in text or "not a DuckDB" in text:
            raise EntityKitError(
                f"{path} is not a DuckDB database file.",
                fix="Correct the path; other kinds of file can be read by a source's `external_location`.",
            ) from error
        raise EntityKitError(f"{path} can't be opened.\n{text}") from error


def rows(connection: Connection, sql: str, parameters: object = None) -> list[tuple[Any, ...]]:
    """Run a query and give all its rows; QueryError where DuckDB refuses it."""
    try:
        return connection.execute(sql, parameters).fetchall()
    except duckdb.Error as error:
        raise QueryError(str(error)) from error
