"""`accumulating_snapshot` in plain Python, from its written semantics and not from its SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import timedelta

Row = dict[str, Any]


def accumulating_snapshot(rows: list[Row], *, has_log: bool) -> list[tuple[Any, ...]]:
    """Return one row per process: the order, its milestones, lags, how far it came, and the rest.

    The model is the one of the tests: ordered, paid (the last time), shipped (may be withdrawn).
    """
    made = []
    for order in {row["order_id"] for row in rows} - {None}:
        own = [row for row in rows if row["order_id"] == order]
        stated = _latest_versions(rows) if has_log else rows
        counting = [row for row in stated if row["order_id"] == order and not row["gone"]]
        ordered = min(_times(counting, "ordered"), default=None)
        paid = max(_times(counting, "paid"), default=None)
        shipped = max(_times(counting, "shipped"), default=None)
        returned = max(_times(counting, "returned"), default=None)
        if shipped is not None and returned is not None and returned >= shipped:
            shipped = None
        reached = {"ordered_at": ordered, "paid_at": paid, "Shipped At": shipped}
        furthest = [name for name, at in reached.items() if at is not None]
        made.append(
            (
                order,
                ordered,
                paid,
                shipped,
                None if ordered is None or paid is None else _seconds(paid - ordered),
                None
                if ordered is None or shipped is None
                else int(_seconds(shipped - ordered) / 3600),
                furthest[-1] if furthest else None,
                len(counting),
                not counting,
                max((r["loaded_at"] for r in own if r["loaded_at"] is not None), default=None),
            )
        )
    return made


def _times(rows: list[Row], event: str) -> list[Any]:
    return [
        row["happened_at"]
        for row in rows
        if row["event"] == event and row["happened_at"] is not None
    ]


def _seconds(between: timedelta) -> int:
    return round(between.total_seconds())


def _latest_versions(rows: list[Row]) -> list[Row]:
    """Return the row of each `event_id` that was loaded last; of equal times the greatest content."""
    latest: dict[Any, Row] = {}
    for row in sorted(rows, key=_order):
        latest[row["event_id"]] = row
    return list(latest.values())


def _order(row: Row) -> tuple[Any, ...]:
    loaded = row["loaded_at"]
    content = [(value is None, 0 if value is None else value) for value in row.values()]
    return ((loaded is not None, loaded or 0), content)
