"""Loads in plain Python, and the corpus's mistakes as models over them.

A model is a function `build(table, seen, now)`: what it holds after a run that sees these rows, with
`table` what it held before, None on a full refresh. Its table is a list of tuples, compared as a
multiset.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from typing import TYPE_CHECKING

from entity_kit.arrivals.sources import Arrivals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

START = datetime(2024, 1, 30, tzinfo=timezone.utc)
DAY = 24


@dataclass(frozen=True)
class Row:
    """A row of a source: hours since START in which it happened, and in which it arrived."""

    id: int
    key: int
    event: int
    loaded: int


def at(hour: int) -> datetime:
    return START + timedelta(hours=hour)


def month(hour: int) -> tuple[int, int]:
    return at(hour).year, at(hour).month


def week(hour: int) -> tuple[int, int]:
    return at(hour).isocalendar()[:2]


def arrivals(counts: Mapping[int, int], telling: Iterable[frozenset[datetime]] = ()) -> Arrivals:
    """Return a source's arrivals: how many rows came in which hour."""
    hours = sorted(counts)
    return Arrivals(
        rows=sum(counts.values()),
        nulls=0,
        future=0,
        first=at(hours[0]),
        last=at(hours[-1]),
        instants=tuple(map(at, hours)),
        weights=tuple(counts[hour] for hour in hours),
        zoned=True,
        telling=tuple(telling),
    )


def counts_of(rows: Iterable[Row]) -> Counter[int]:
    return Counter(row.loaded for row in rows)


def replaying(
    build: Callable[[list | None, list[Row], int], list], rows: Sequence[Row], cuts: Sequence[int]
) -> bool:
    """Return whether a model equals its full refresh after a run at each of the cuts."""
    table = None
    for hour in cuts:
        seen = [row for row in rows if row.loaded <= hour]
        table = build(table, seen, hour)
        if Counter(table) != Counter(build(None, seen, hour)):
            return False
    return True


def _upsert(table: list, found: Iterable[tuple]) -> list:
    """Replace rows with the same first value."""
    found = list(found)
    keys = {row[0] for row in found}
    return [row for row in table if row[0] not in keys] + found


def _past_watermark(of: Callable[[Row], int], lookback: int = 0) -> Callable:
    """Read rows past the greatest value in the table, less a lookback."""

    def build(table: list | None, seen: list[Row], _now: int) -> list:
        new = seen
        if table:
            mark = max(of(row) for (_, row) in table)
            new = [row for row in seen if of(row) > mark - lookback]
        return _upsert(table or [], ((row.id, row) for row in new))

    return build


def _period_again(period: Callable[[int], object]) -> Callable:
    """Read the table's latest period again, and what came after it."""

    def build(table: list | None, seen: list[Row], _now: int) -> list:
        new = seen
        if table:
            latest = max(period(row.event) for (_, row) in table)
            new = [row for row in seen if period(row.event) >= latest]
        return _upsert(table or [], ((row.id, row) for row in new))

    return build


def _new(table: list | None, seen: list[Row]) -> list[Row]:
    """Read the rows past the greatest loaded time in the table: its last column."""
    mark = max((row[-1] for row in table), default=-1) if table else -1
    return [row for row in seen if row.loaded > mark]


def _in_order(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (row.loaded, row.id))


def _total_of_new_rows(group: Callable[[Row], object]) -> Callable:
    def build(table: list | None, seen: list[Row], _now: int) -> list:
        groups = defaultdict(list)
        for row in _new(table, seen):
            groups[group(row)].append(row)
        found = [(key, len(rows), max(r.loaded for r in rows)) for key, rows in groups.items()]
        return _upsert(table or [], found)

    return build


def _latest_of_new_rows(table: list | None, seen: list[Row], _now: int) -> list:
    """Keep each key's latest row of the batch, though an earlier one may have been later."""
    keys = defaultdict(list)
    for row in _new(table, seen):
        keys[row.key].append(row)
    found = [
        (k, max(r.event for r in rows), max(r.loaded for r in rows)) for k, rows in keys.items()
    ]
    return _upsert(table or [], found)


def _appended(table: list | None, seen: list[Row], _now: int) -> list:
    """Append each batch's keys, with no unique_key."""
    latest = {row.key: row for row in _in_order(_new(table, seen))}
    return [*(table or []), *((row.key, row.loaded) for row in latest.values())]


def _first_wins(table: list | None, seen: list[Row], _now: int) -> list:
    """Insert new keys only; later rows of an existing key are lost."""
    there = {row[0] for row in table or []}
    latest = {row.key: row for row in _in_order(_new(table, seen)) if row.key not in there}
    return [*(table or []), *((row.key, row.id, row.loaded) for row in latest.values())]


def _numbered(table: list | None, seen: list[Row], _now: int) -> list:
    """Count each key's rows, starting again from one in each batch."""
    found, count = [], Counter()
    for row in _in_order(_new(table, seen)):
        count[row.key] += 1
        found.append((row.id, count[row.key], row.loaded))
    return [*(table or []), *found]


def _running_total(table: list | None, seen: list[Row], _now: int) -> list:
    new = _in_order(_new(table, seen))
    return [*(table or []), *((row.id, n, row.loaded) for n, row in enumerate(new))]


# What a run after each load shows, the cut alone can be made to show: each of these mistakes is about
# something that verify is told of (loaded and event times, keys) or can see (a number that grows).
MISTAKES = {
    "watermark on event time": _past_watermark(lambda row: row.event),
    "lookback of an hour": _past_watermark(lambda row: row.event, 1),
    "lookback of a day": _past_watermark(lambda row: row.event, DAY),
    "lookback of three days": _past_watermark(lambda row: row.event, 3 * DAY),
    "highest id": _past_watermark(lambda row: row.id),
    "day of the event": _past_watermark(lambda row: at(row.event).toordinal()),
    "last day again": _period_again(lambda hour: at(hour).date()),
    "last week again": _period_again(week),
    "last month again": _period_again(month),
    "day of the load": _past_watermark(lambda row: at(row.loaded).toordinal()),
    "total of new rows by key": _total_of_new_rows(lambda row: row.key),
    "total of new rows by day": _total_of_new_rows(lambda row: at(row.event).date()),
    "total of new rows by month": _total_of_new_rows(lambda row: month(row.event)),
    "total of new rows by day of load": _total_of_new_rows(lambda row: at(row.loaded).date()),
    "latest of new rows": _latest_of_new_rows,
    "keys appended": _appended,
    "first wins": _first_wins,
    "numbered anew": _numbered,
    "running total": _running_total,
}


def telling_of(rows: Sequence[Row]) -> set[frozenset[datetime]]:
    """Return, written out one by one, the cuts of which one must be made for each mistake."""
    hours = sorted({row.loaded for row in rows})
    cuts = list(pairwise(hours))
    found = set()
    for of in (lambda row: row.event, lambda row: row.id):
        backs = {
            before: max(of(row) for row in rows if row.loaded <= before)
            - min(of(row) for row in rows if row.loaded == after)
            for before, after in cuts
        }
        furthest = max(backs.values(), default=-1)
        if furthest >= 0:
            found.add(frozenset({at(next(b for b, back in backs.items() if back == furthest))}))
    found.add(
        frozenset(
            at(before)
            for before, after in cuts
            if min(at(row.event).date() for row in rows if row.loaded == after)
            <= max(at(row.event).date() for row in rows if row.loaded <= before)
        )
    )
    for period in (week, month):
        found.add(
            frozenset(
                at(before)
                for before, after in cuts
                if min(period(row.event) for row in rows if row.loaded == after)
                < max(period(row.event) for row in rows if row.loaded <= before)
            )
        )
    older = {
        after: sum(
            any(row.key == key and row.loaded <= before for row in rows)
            and max(row.event for row in rows if row.key == key and row.loaded == after)
            < max(row.event for row in rows if row.key == key and row.loaded <= before)
            for key in {row.key for row in rows if row.loaded == after}
        )
        for before, after in cuts
    }
    most = max(older.values(), default=0)
    if most:
        before, after = next(each for each in cuts if older[each[1]] == most)
        found |= {frozenset({at(before)}), frozenset({at(after)})}
    for group in (
        lambda row: at(row.loaded).date(),
        lambda row: month(row.loaded),
        lambda row: row.key,
        lambda row: at(row.event).date(),
        lambda row: month(row.event),
    ):
        found.add(
            frozenset(
                at(before)
                for before, _ in cuts
                if {group(row) for row in rows if row.loaded <= before}
                & {group(row) for row in rows if row.loaded > before}
            )
        )
    return found - {frozenset()}
