"""Rows of a relation as multisets, for comparison."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any


def rows_of(connection: Any, relation: str) -> list[dict[str, Any]]:
    """Return the rows of a relation, or of a subquery, by column."""
    found = connection.execute(f"select * from {relation}")
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def as_multiset(rows: list[dict[str, Any]]) -> Counter[Any]:
    """Return rows as a multiset in which numbers are equal whatever their type."""

    def plain(value: Any) -> Any:
        return round(float(value), 9) if isinstance(value, float | Decimal) else value

    return Counter(tuple((name, plain(value)) for name, value in row.items()) for row in rows)
