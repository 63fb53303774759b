"""Read any warehouse through dbt's adapter: rows come in batches, and are masked in this process.

Only masked values are written to our own scratch file, which DuckDB turns into Parquet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.adapter import RefusedError
from entity_kit.dbt_bridge.nodes import source_name
from entity_kit.errors import EntityKitError
from entity_kit.sampling.columns import Column, duckdb_type
from entity_kit.sampling.parquet import as_text, line, write_parquet
from entity_kit.sampling.readers.reader import masked
from entity_kit.warehouse import literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from entity_kit.dbt_bridge.adapter import Adapter
    from entity_kit.sampling.stored import Stored

_BATCH = 10_000
_HOLE = "entity_kit_hole"
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
        return self._adapter.columns(node)

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
                        out.writelines(line(self._texts_of(row, asked)) for row in batch)
            write_parquet(exchange, stored, file)
        finally:
            exchange.unlink(missing_ok=True)
        return count

    def _texts_of(self, row: Sequence[Any], asked: Sequence[Stored]) -> list[str | None]:
        texts: list[str | None] = []
        for value, each in zip(list(row)[1:], asked, strict=True):
            text = as_text(value, each.column)
            if text is not None and each.mask.rule == "hash":
                text = masked(text, each.column.kind, self._key)
            texts.append(text)
        return texts


def _unreadable(table: str, error: RefusedError) -> EntityKitError:
    return EntityKitError(
        f"Source {table} can't be read.\n{error}",
        fix="If your role may not read it, grant it the right to select.",
    )
