"""Columns of an engine's tables that DuckDB holds: their declared types, and names too alike."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import sqlglot
from sqlglot.errors import SqlglotError

from entity_kit.compare.difference import Column
from entity_kit.errors import EntityKitError
from entity_kit.warehouse import Relation, fold, literal, quote, rows, unquoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from entity_kit.compare.difference import Diff
    from entity_kit.engines.engine import EngineColumn
    from entity_kit.warehouse import Connection

_STRANGER = len(" (stranger)")  # what deliveries add to a made-up key


def declared_types(connection: Connection, relation: Relation) -> dict[str, str]:
    found = rows(
        connection,
        "select column_name, comment from duckdb_columns() "
        f"where database_name = {literal(relation.database)} "
        f"and schema_name = {literal(relation.schema)} and table_name = {literal(relation.name)}",
    )
    return {fold(name): comment for name, comment in found}


def refuse_twins(relation: str, columns: Sequence[EngineColumn]) -> None:
    """Refuse columns that only case tells apart."""
    seen: dict[str, str] = {}
    for column in columns:
        other = seen.setdefault(fold(column.name), column.name)
        if other != column.name:
            raise EntityKitError(
                f"{relation} has columns {other} and {column.name}: DuckDB, in which verify keeps "
                "and compares rows, doesn't distinguish names by case.",
                fix="Exclude the model with --exclude, or rename one of the columns.",
            )


def with_declared_types(
    connection: Connection, found: Diff, incremental: Relation, full_refresh: Relation
) -> Diff:
    """Return a comparison with the column types that the engine declares."""
    ours, theirs = (declared_types(connection, side) for side in (incremental, full_refresh))
    columns = tuple(
        Column(c.name, ours.get(fold(c.name)), theirs.get(fold(c.name))) for c in found.columns
    )
    return replace(found, columns=columns)


def to_duckdb(text: str, dialect: str, columns: Sequence[EngineColumn]) -> str:
    """Translate an expression; the name of a column is folded, and what can't be read stays."""
    bare = unquoted(text.strip().replace("`", '"')).casefold()
    if bare in {column.name.casefold() for column in columns}:
        return bare
    try:
        return sqlglot.transpile(text, read=dialect, write="duckdb")[0]
    except SqlglotError:
        return text


def fixed_columns(
    connection: Connection, table: str, columns: Sequence[EngineColumn]
) -> frozenset[str]:
    """Return the columns of a table for which no value can be invented, only taken from its rows."""
    fixed = {column.name for column in columns if column.type is None}
    for column in columns:
        if column.most is not None:
            longest = f"select coalesce(max(length({quote(column.name)})), 0) from {table}"
            if rows(connection, longest)[0][0] + _STRANGER > column.most:
                fixed.add(column.name)
    return frozenset(fixed)
