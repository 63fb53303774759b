"""A DuckDB with the macros of a dialect, and what it makes of the dialect's SQL."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import duckdb

from entity_kit.dialects import prelude, to_duckdb
from support import nasty_values

if TYPE_CHECKING:
    from collections.abc import Sequence


def warehouse_of(dialect: str) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    for statement in prelude(dialect):
        connection.execute(statement)
    return connection


def listed(text: str) -> list[str]:
    parts = [one.strip() for line in text.strip().splitlines() for one in re.split(r";\s*", line)]
    return [one for one in parts if one]


def numbered(expressions: list[str]) -> str:
    return ", ".join(f"{one} as c{number}" for number, one in enumerate(expressions))


def differing(
    warehouse: duckdb.DuckDBPyConnection,
    dialect: str,
    select: str,
    expected: Sequence[tuple[Any, ...]],
    names: list[str],
) -> list[tuple[Any, ...]]:
    """Return what differs from an engine's own rows: the expression, the row's number, both values."""
    found = warehouse.execute(to_duckdb(select, dialect)).fetchall()
    assert len(expected) == len(found)
    return [
        (names[place] if names else select, number, left, right)
        for number, rows in enumerate(zip(expected, found, strict=True))
        for place, (left, right) in enumerate(zip(*rows, strict=True))
        if not nasty_values.same(left, right)
    ]
