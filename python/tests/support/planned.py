"""A DuckDB in memory for tests that run the same few statements over many small inputs.

Over a handful of rows, to plan a statement takes longer than to run it. So plans aren't optimized,
and `run` plans each statement once and then runs it again and again. DuckDB plans it anew after a
table of its database was created or replaced: empty tables by `truncate` between inputs.
"""

from __future__ import annotations

from typing import Any

import duckdb


class PlannedWarehouse:
    """An empty database `warehouse`, and a session in UTC until `use_zone` changes that."""

    def __init__(self) -> None:
        self._connection = duckdb.connect()
        self._connection.execute(
            "set threads = 1; pragma disable_optimizer; attach ':memory:' as warehouse; use warehouse"
        )
        # A plan may hold values of the session's zone, so each zone has plans of its own.
        self._planned: dict[tuple[str, str], str] = {}
        self.use_zone("UTC")

    def use_zone(self, zone: str) -> None:
        """Go on in a session of this zone."""
        self._zone = zone
        self._connection.execute(f"set timezone = '{zone}'")

    def execute(self, sql: str) -> Any:
        """Execute SQL, one statement or several, which is planned each time."""
        return self._connection.execute(sql)

    def run(self, statement: str) -> Any:
        """Run one statement as it was planned when it first ran in this zone."""
        name = self._planned.get((statement, self._zone))
        if name is None:
            name = f"planned_{len(self._planned)}"
            self._connection.execute(f"prepare {name} as {statement}")
            self._planned[statement, self._zone] = name
        return self._connection.execute(f"execute {name}")
