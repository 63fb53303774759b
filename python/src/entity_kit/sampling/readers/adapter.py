"""Read any warehouse through dbt's adapter: rows come in batches, and are masked in this process.

Only masked values are written to our own scratch file, which DuckDB turns into Parquet.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.adapter import RefusedError
from entity_kit.dbt_bridge.nodes import source_name
from entity_kit.errors import EntityKitError
from entity_kit.sampling.columns import Column, duckdb_type
from entity_kit.sampling.readers.reader import Stored, masked, stored_type
from entity_kit.warehouse import connect, literal, quote, rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from entity_kit.dbt_bridge.adapter import Adapter

_BATCH = 10_000
_HOLE = "entity_kit_hole"
# Decimals without a declared number of places get as many as their values have.
_LOOSE = "DECIMAL"
# All of one sample is read in one state of the warehouse, where that can be asked for.
_STARTS = {"postgres": "set transaction isolation level repeatable read, read only"}
# Of arrays, the information schema doesn't say what is in them.
_TYPES = {
    "postgres": "select attname, format_type(atttypid, atttypmod) from pg_attribute "
    "where attrelid = to_regclass({relation}) and attnum > 0 and not attisdropped order by attnum"
}


class AdapterReader:
    """A warehouse that dbt reaches; `key` is the secret for masks. See `reader.Reader`."""

    def __init__(self, adapter: Adapter, kind: str, folder: Path, key: str) -> None:
        self.adapter = kind
        self._adapter = adapter
        self._folder = folder
        self._key = key
        self._texts: dict[str, str] = {}
        if kind in _STARTS:
            list(adapter.batches(_STARTS[kind] + "; select 1", 1))

    def quote(self, name: str) -> str:
        return self._adapter.quote(name)

    def hash(self, expression: str) -> str:
        return self._render("hash", "field", expression)

    def length(self, expression: str) -> str:
        return self._render("length", "expression", expression)

    def text(self, expression: str) -> str:
        return f"cast({expression} as {self._kind('type_string')})"

    def number(self, expression: str) -> str:
        return f"cast({expression} as {self._kind('type_float')})"

    def concat(self, expressions: Sequence[str]) -> str:
        return self._adapter.macro("concat", fields=list(expressions))

    def _render(self, macro: str, argument: str, expression: str) -> str:
        if macro not in self._texts:
            self._texts[macro] = self._adapter.macro(macro, **{argument: _HOLE})
        return self._texts[macro].replace(_HOLE, expression)

    def _kind(self, macro: str) -> str:
        if macro not in self._texts:
            self._texts[macro] = self._adapter.macro(macro)
        return self._texts[macro]

    def relation(self, node: Mapping[str, Any]) -> str:
        return str(node["relation_name"])

    def columns(self, node: Mapping[str, Any]) -> list[Column]:
        name = source_name(node)
        try:
            found = self._declared(node)
        except RefusedError as error:
            raise _unreadable(name, error) from error
        if not found:
            raise EntityKitError(
                f"Source {name} can't be read: there is no {node['relation_name']}, or your role may "
                "not see it.",
                fix="Load it, grant the right to select from it, or correct its database, schema, or "
                "identifier in the YAML.",
            )
        return [Column(column, duckdb_type(kind, self.adapter)) for column, kind in found]

    def _declared(self, node: Mapping[str, Any]) -> list[tuple[str, str]]:
        if self.adapter in _TYPES:
            relation = literal(str(node["relation_name"]))
            batches = self._adapter.batches(_TYPES[self.adapter].format(relation=relation), _BATCH)
            return [(str(row[0]), str(row[1])) for batch in batches for row in batch]
        identifier = node.get("identifier") or node["name"]
        return self._adapter.columns(node["database"], node["schema"], identifier)

    def ask(self, sql: str, table: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for batch in self._batches(sql, table) for row in batch]

    def _batches(self, sql: str, table: str) -> Iterator[Sequence[Sequence[Any]]]:
        try:
            yield from self._adapter.batches(sql, _BATCH)
        except RefusedError as error:
            raise _unreadable(table, error) from error

    def save(
        self, source: str, pages: Sequence[str], stored: Sequence[Stored], file: Path, table: str
    ) -> int:
        asked = [each for each in stored if each.is_read]
        # A constant first, because a query has at least one column.
        wanted = ", ".join(["1", *(f"t.{self.quote(each.column.name)}" for each in asked)])
        exchange = self._folder / "exchange.ndjson"
        count = 0
        try:
            with exchange.open("w", encoding="utf-8") as out:
                for page in pages:
                    for batch in self._batches(
                        f"select {wanted} from {source} where {page}", table
                    ):
                        count += len(batch)
                        out.writelines(self._line(row, asked) for row in batch)
            _write_parquet(exchange, stored, asked, file)
        finally:
            exchange.unlink(missing_ok=True)
        return count

    def _line(self, row: Sequence[Any], asked: Sequence[Stored]) -> str:
        texts: list[str | None] = ["1"]
        for value, each in zip(list(row)[1:], asked, strict=True):
            text = as_text(value, each.column)
            if text is not None and each.mask.rule == "hash":
                text = masked(text, each.column.kind, self._key)
            texts.append(text)
        return json.dumps({f"c{n}": text for n, text in enumerate(texts)}) + "\n"


def as_text(value: Any, column: Column) -> str | None:  # noqa: PLR0911  (one per kind of value)
    """Return a driver's value as a text that DuckDB reads as the column's type."""
    if value is None:
        return None
    if column.kind == "nested":
        return value if isinstance(value, str) else json.dumps(value, default=str)
    if isinstance(value, (memoryview, bytes, bytearray)):
        return base64.b64encode(bytes(value)).decode("ascii")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.timedelta):
        return f"{value.days} days {value.seconds} seconds {value.microseconds} microseconds"
    if isinstance(value, (dict, list, tuple)):
        return json.dumps(value, default=str)
    if isinstance(value, float) and column.kind == "integer" and value.is_integer():
        return str(int(value))
    if column.kind == "integer" and value == int(value):
        return str(int(value))
    return str(value)


def _write_parquet(
    exchange: Path, stored: Sequence[Stored], asked: Sequence[Stored], file: Path
) -> None:
    names = ", ".join(f"c{n}: 'VARCHAR'" for n in range(len(asked) + 1))
    lines = (
        f"read_json({literal(str(exchange))}, format = 'newline_delimited', columns = {{{names}}}, "
        "maximum_object_size = 268435456)"
    )
    places = {each.column.name: f"c{n}" for n, each in enumerate(asked, 1)}
    with connect() as connection:
        rows(connection, "set timezone = 'UTC'")
        values = []
        for each in stored:
            place = places.get(each.column.name)
            kind = stored_type(each)
            if kind == _LOOSE and place is not None:
                kind = _decimal(connection, lines, place)
            values.append(f"{_value(each, place, kind)} as {quote(each.column.name)}")
        rows(
            connection,
            f"copy (select {', '.join(values)} from {lines}) to {literal(str(file))} "
            "(format parquet, compression zstd)",
        )


def _value(stored: Stored, place: str | None, kind: str) -> str:
    if stored.mask.rule == "constant":
        return f"cast({literal(stored.mask.value)} as {kind})"
    if place is None:
        return f"cast(null as {kind})"
    if kind == "BLOB":
        return f"from_base64({place})"
    if stored.column.kind == "nested" and kind != "JSON":
        return f"cast(cast({place} as json) as {kind})"
    return f"cast({place} as {kind})"


def _decimal(connection: Any, lines: str, place: str) -> str:
    """Choose the type of numbers without a declared one: a decimal if 38 digits can hold them."""
    scale, whole, plain = rows(
        connection,
        f"select coalesce(max(length(split_part({place}, '.', 2))), 0), "
        f"coalesce(max(length(ltrim(split_part({place}, '.', 1), '-'))), 0), "
        f"coalesce(bool_and(regexp_full_match({place}, '-?[0-9]+([.][0-9]+)?')), true) from {lines}",
    )[0]
    return f"DECIMAL(38,{scale})" if plain and scale + whole <= 38 else "DOUBLE"


def _unreadable(table: str, error: RefusedError) -> EntityKitError:
    return EntityKitError(
        f"Source {table} can't be read.\n{error}",
        fix="If your role may not read it, grant it the right to select.",
    )
