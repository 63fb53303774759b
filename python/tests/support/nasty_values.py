"""Rows with values at which engines part, and the comparison of what two engines make of them."""

from __future__ import annotations

import math
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

# Column and type, as Postgres and DuckDB know them.
COLUMNS = {
    "id": "integer",
    "i": "integer",
    "j": "integer",
    "b": "bigint",
    "n": "decimal(12, 3)",
    "f": "double precision",
    "s": "varchar",
    "u": "varchar",
    "d": "date",
    "ts": "timestamp",
    "o": "boolean",
}
ROWS = [
    "(1, 7, 2, 7000000000, 7.500, 2.5, 'Hello, World', ',', '2020-02-29', '2020-02-29 23:59:59.5', true)",
    "(2, -7, 2, -1, -2.500, -2.5, '', 'x', '2019-12-31', '2019-12-31 00:00:00', false)",
    "(3, 0, 3, 0, 0.000, 0, 'a,b,,c', ',', '2021-01-03', '2021-01-03 01:30:00', null)",
    "(4, null, 1, null, null, null, null, null, null, null, null)",
    "(5, 5, -3, 1, 0.125, 0.125, 'Żółć ß é', 'ó', '2020-03-29', '2020-03-29 02:30:00', true)",
    "(6, 1, null, 2, 1.005, 1.005, '  pad  ', ' ', '2000-01-31', '2000-01-31 12:00:00.123456', false)",
    "(7, 12, 5, 3, -0.005, 3.5, '10', '0', '1999-12-27', '1999-12-27 18:00:00', true)",
    "(8, -1, -1, 10, 100.000, 100, 'a_c%', '_', '2024-12-30', '2024-12-30 05:06:07', false)",
    "(9, 2, 4, 4, 2.500, 0.5, 'hello', 'l', '2020-10-25', '2020-10-25 00:30:00', null)",
]


def statements() -> list[str]:
    columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    return [f"create table t ({columns})", f"insert into t values {', '.join(ROWS)}"]


def same(left: Any, right: Any) -> bool:
    """Whether two engines mean the same: numbers within what a double holds, times as instants."""
    left, right = plain(left), plain(right)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, float) and isinstance(right, float):
        both = math.isnan(left) and math.isnan(right)
        return both or math.isclose(left, right, rel_tol=1e-12, abs_tol=1e-12)
    return type(left) is type(right) and bool(left == right)


def plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return list(value)
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, datetime):
        value = value.replace(tzinfo=value.tzinfo or timezone.utc)
        return value.astimezone(timezone.utc)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=timezone.utc)
    return value
