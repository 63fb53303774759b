"""A DuckDB with the macros of a dialect."""

from __future__ import annotations

import duckdb

from entity_kit.dialects import prelude


def warehouse_of(dialect: str) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    for statement in prelude(dialect):
        connection.execute(statement)
    return connection
