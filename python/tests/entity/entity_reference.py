"""`entity_model` in plain Python, from its written semantics and not from its SQL."""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]


def _rank(value: Any) -> tuple[bool, Any]:
    """Order values with NULL before all others."""
    return (value is not None, 0 if value is None else value)


def _content(row: Row) -> list[tuple[bool, Any]]:
    # The engine's own order of rows has NULL last.
    return [(value is None, 0 if value is None else value) for value in row.values()]


def _order(row: Row) -> tuple[Any, ...]:
    return (_rank(row["updated_at"]), _rank(row["loaded_at"]), _content(row))


def entity_model(
    rows: list[Row], *, row_key: list[str], deleted_when: bool
) -> list[tuple[Any, ...]]:
    """Return (k1, k2, attributes, metrics, is_deleted, loaded_at) of every entity, in no order."""
    latest = {id(row) for row in rows}
    if row_key:
        by_row = {tuple(row[c] for c in row_key): row for row in sorted(rows, key=_order)}
        latest = {id(row) for row in by_row.values()}
    entities: dict[Any, list[Row]] = {}
    for row in rows:
        key = (row["k1"], row["k2"])
        if key != (None, None):
            entities.setdefault(key, []).append(row)
    made = []
    for (k1, k2), own in entities.items():
        counting = [
            row for row in own if id(row) in latest and not (deleted_when and row["deleted"])
        ]
        shown = max(counting or own, key=_order)
        amounts = [row["amount"] for row in counting if row["amount"] is not None]
        loaded = [row["loaded_at"] for row in own if row["loaded_at"] is not None]
        made.append(
            (
                k1,
                k2,
                shown["name"],
                shown["city"],
                sum(amounts) if amounts else None,
                len(counting),
                len({row["name"] for row in counting if row["name"] is not None})
                if counting
                else None,
                not counting,
                max(loaded) if loaded else None,
            ),
        )
    return made
