"""Read a DuckDB file: one statement per table, in which the values are masked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.nodes import source_name
from entity_kit.engines.scratch import source_rows
from entity_kit.errors import EntityKitError
from entity_kit.sampling.columns import Column
from entity_kit.sampling.readers.reader import NUMBER_DIGITS, TEXT_DIGITS
from entity_kit.sampling.stored import Stored, stored_type
from entity_kit.warehouse import QueryError, literal, quote, rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from entity_kit.engines.duckdb import DuckDBScratch
    from entity_kit.warehouse import Connection


class DuckDBReader:
    """The user's files, attached read-only; `key` is the secret for masks. See `reader.Reader`."""

    adapter = "duckdb"

    def __init__(self, scratch: DuckDBScratch, connection: Connection, key: str) -> None:
        self._scratch = scratch
        self._connection = connection
        self._key = key

    def quote(self, name: str) -> str:
        return quote(name)

    def hash(self, expression: str) -> str:
        return f"md5(cast({expression} as varchar))"  # as dbt.hash

    def text(self, expression: str) -> str:
        return f"cast({expression} as varchar)"

    def number(self, expression: str) -> str:
        return f"cast({expression} as double)"

    def concat(self, expressions: Sequence[str]) -> str:
        return " || ".join(expressions)

    def length(self, expression: str) -> str:
        return f"length({expression})"

    def relation(self, node: Mapping[str, Any]) -> str:
        return source_rows(self._scratch, node, "Attach its DuckDB file in the profile.")

    def columns(self, node: Mapping[str, Any]) -> list[Column]:
        try:
            found = rows(self._connection, f"describe select * from {self.relation(node)}")
        except QueryError as error:
            raise EntityKitError(
                f"Source {source_name(node)} can't be read.\n{error}",
                fix="Load it, or correct its database, schema, or identifier in the YAML.",
            ) from error
        return [Column(str(row[0]), str(row[1])) for row in found]

    def ask(self, sql: str, table: str) -> list[tuple[Any, ...]]:
        try:
            return rows(self._connection, sql)
        except QueryError as error:
            raise _unreadable(table, error) from error

    def save(
        self, source: str, pages: Sequence[str], stored: Sequence[Stored], file: Path, table: str
    ) -> int:
        values = ", ".join(f"{self._value(each)} as {quote(each.column.name)}" for each in stored)
        where = " or ".join(f"({page})" for page in pages)
        sql = (
            f"copy (select {values} from {source} where {where}) "
            f"to {literal(str(file))} (format parquet, compression zstd)"
        )
        try:
            return int(rows(self._connection, sql)[0][0])
        except QueryError as error:
            raise _unreadable(table, error) from error

    def _value(self, stored: Stored) -> str:
        name, kind = f"t.{quote(stored.column.name)}", stored_type(stored)
        if stored.mask.rule == "null":
            return f"cast(null as {kind})"
        if stored.mask.rule == "constant":
            return f"cast({literal(stored.mask.value)} as {kind})"
        if stored.mask.rule == "keep":
            return name if kind == stored.column.type else f"cast({name} as {kind})"
        digits = f"sha256({literal(self._key)} || cast({name} as varchar))"
        if stored.column.kind == "integer":
            return f"cast('0x' || left({digits}, {NUMBER_DIGITS}) as {kind})"
        return f"cast(left({digits}, {TEXT_DIGITS}) as {kind})"


def _unreadable(table: str, error: QueryError) -> EntityKitError:
    return EntityKitError(
        f"Source {table} can't be read.\n{str(error).splitlines()[0]}",
        fix="Correct what the message names: a declared expression, or the source's rows.",
    )
