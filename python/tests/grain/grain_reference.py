"""`grain_table` in plain Python, from its written semantics and not from its SQL.

Events are mappings with `k1`, `k2`, `row_id`, `occurred_at`, `loaded_at`, `amount`, `who`, `deleted`;
times are naive UTC datetimes. Versions are mappings as `scd2_history` gives them.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Case:
    """The arguments of `grain_table` that affect its result."""

    grain: str = "day"
    spine: str = "dense"
    reach: str = "occurred"
    timezone: str = "UTC"
    row_key: bool = False
    deleted_when: bool = False
    history: bool = True
    trailing: int = 3
    overwrite: bool = True
    occurred_from: datetime | None = None
    occurred_to: datetime | None = None


def period(instant: datetime, case: Case) -> Any:
    """Return the start of the period in which an instant lies."""
    if case.grain == "hour":
        return instant.replace(minute=0, second=0, microsecond=0)
    zoned = instant.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(case.timezone))
    day = zoned.date()
    if case.grain == "week":
        return day - timedelta(days=day.isoweekday() - 1)
    month = {"day": day.month, "month": day.month, "year": 1}.get(
        case.grain,
        (day.month - 1) // 3 * 3 + 1,
    )
    return day if case.grain == "day" else date(day.year, month, 1)


def following(start: Any, grain: str, count: int = 1) -> Any:
    """Return the period a number of periods after this one."""
    if grain == "hour":
        return start + count * HOUR
    if grain in {"day", "week"}:
        return start + timedelta(days=count * (7 if grain == "week" else 1))
    months = (
        start.year * 12 + start.month - 1 + count * {"month": 1, "quarter": 3, "year": 12}[grain]
    )
    return date(months // 12, months % 12 + 1, 1)


def _ordered(value: Any) -> tuple[bool, Any]:
    """Order values as the engine does, NULL last."""
    return (value is None, 0 if value is None else value)


def _key(row: dict[str, Any]) -> tuple[Any, Any]:
    return (row["k1"], row["k2"])


def _in_bounds(instant: datetime, case: Case) -> bool:
    return (case.occurred_from is None or instant >= case.occurred_from) and (
        case.occurred_to is None or instant < case.occurred_to
    )


def _unit(row: dict[str, Any], case: Case) -> tuple[Any, Any] | None:
    """Return the entity and period that a version of a row names, if it names both."""
    if _key(row) == (None, None) or row["occurred_at"] is None:
        return None
    if not _in_bounds(row["occurred_at"], case):
        return None
    return (_key(row), period(row["occurred_at"], case))


def _counting(events: list[dict[str, Any]], case: Case) -> list[dict[str, Any]]:
    latest = events
    if case.row_key:
        by_row: dict[Any, dict[str, Any]] = {}
        for row in sorted(
            events,
            key=lambda e: (e["loaded_at"], [_ordered(value) for value in e.values()]),
        ):
            by_row[row["row_id"]] = row
        latest = list(by_row.values())
    return [
        row
        for row in latest
        if _unit(row, case) is not None and not (case.deleted_when and row["deleted"])
    ]


def _measures(rows: list[dict[str, Any]], prefix: str) -> dict[str, Any]:
    if not rows:
        return {f"{prefix}amount": None, f"{prefix}rows": 0, f"{prefix}people": None}
    amounts = [row["amount"] for row in rows if row["amount"] is not None]
    return {
        f"{prefix}amount": sum(amounts) if amounts else None,
        f"{prefix}rows": len(rows),
        f"{prefix}people": len({row["who"] for row in rows if row["who"] is not None}),
    }


def _periods(first: Any, last: Any, grain: str) -> list[Any]:
    return list(
        itertools.takewhile(
            lambda p: p <= last,
            (following(first, grain, i) for i in itertools.count()),
        ),
    )


def _deletion(versions: list[dict[str, Any]], case: Case) -> Any:
    """Return the period to which a deleted entity has rows, and nothing for a live one."""
    if not versions:
        return None
    last = versions[-1]
    if last["is_deleted"]:
        effect = last["valid_from"]
    elif not last["is_current"]:
        effect = last["valid_to"]
    else:
        return None
    return max(period(effect, case), period(last["loaded_at"], case))


def _spine(
    case: Case,
    recorded: set[tuple[Any, Any]],
    events: list[dict[str, Any]],
    by_entity: dict[Any, list[dict[str, Any]]],
) -> set[tuple[Any, Any]]:
    versions = list(itertools.chain.from_iterable(by_entity.values()))
    loaded = [row["loaded_at"] for row in events + versions]
    last_loaded = max(loaded) if loaded else None
    if case.reach == "loaded":
        reach = period(last_loaded, case) if loaded else None
    else:
        times = [row["occurred_at"] for row in events if _unit(row, case) is not None]
        times += [v["valid_from"] for v in versions if _in_bounds(v["valid_from"], case)]
        past = [instant for instant in times if instant <= last_loaded]
        reach = period(max(past), case) if past else None
    units = set()
    for entity in {entity for entity, _ in recorded} | set(by_entity):
        own = [start for known, start in recorded if known == entity]
        history = by_entity.get(entity, [])
        starts = [
            period(v["valid_from"], case)
            for v in history
            if case.occurred_to is None or v["valid_from"] < case.occurred_to
        ]
        if not own + starts:
            continue
        deleted = _deletion(history, case)
        ends = own + starts + [p for p in [reach if deleted is None else deleted] if p is not None]
        first, last = min(own + starts), max(ends)
        if case.occurred_from is not None:
            first = max(first, period(case.occurred_from, case))
        if case.occurred_to is not None:
            last = min(last, period(case.occurred_to - timedelta(microseconds=1), case))
        units |= {(entity, start) for start in _periods(first, last, case.grain)}
    return units


def _at_end(versions: list[dict[str, Any]], start: Any, case: Case) -> dict[str, Any]:
    """Return attributes and `is_deleted` as of the period's end."""
    begun = [v for v in versions if period(v["valid_from"], case) <= start]
    live = [
        v
        for v in begun[-1:]
        if not v["is_deleted"] and (v["valid_to"] is None or period(v["valid_to"], case) > start)
    ]
    return {
        "plan": live[0]["plan"] if live else None,
        "tier": live[0]["tier"] if live else None,
        "is_deleted": bool(begun) and not live,
    }


def grain_table(
    case: Case,
    events: list[dict[str, Any]],
    versions: list[dict[str, Any]],
) -> list[tuple[Any, ...]]:
    """Return the rows, without the hashes and audit columns, in no order."""
    versions = versions if case.history else []
    recorded = {unit for row in events if (unit := _unit(row, case)) is not None}
    by_entity: dict[Any, list[dict[str, Any]]] = {}
    for version in sorted(versions, key=lambda v: v["valid_from"]):
        by_entity.setdefault(_key(version), []).append(version)
    units = recorded if case.spine == "sparse" else _spine(case, recorded, events, by_entity)
    counting = _counting(events, case)
    rows = []
    for (k1, k2), start in units:
        own = [row for row in counting if _key(row) == (k1, k2)]
        of_period = [row for row in own if period(row["occurred_at"], case) == start]
        row: dict[str, Any] = {
            "k1": k1,
            "k2": k2,
            "period_start": start,
            "period_end": following(start, case.grain),
            **_measures(of_period, ""),
        }
        if case.trailing:
            first = following(start, case.grain, 1 - case.trailing)
            window = [e for e in own if first <= period(e["occurred_at"], case) <= start]
            row |= _measures(window, "trailing_")
        stock = _at_end(by_entity.get((k1, k2), []), start, case)
        row |= stock if case.history else {"is_deleted": False}
        rows.append(tuple(row.values()))
    return rows
