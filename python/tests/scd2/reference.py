"""What `scd2_history` must return, in plain Python, from the rules in docs/scd2.md, not from the SQL.

One list of rows goes in, in any order, and the list of versions comes out. Nothing here is clever:
it walks each entity's rows, one after the other.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

Value = Any


@dataclass(frozen=True)
class Row:
    """A row of a log. `at` is `changed_at`; `extracted` is the time of a late extract."""

    key: tuple[Value, ...]
    at: datetime | date | None
    loaded: datetime | None
    tracked: tuple[Value, ...] = ()
    overwrite: tuple[Value, ...] = ()
    gone: bool | None = False
    sequence: tuple[int | None, ...] = ()
    extracted: datetime | None = None
    is_absence: bool = field(default=False, repr=False)


@dataclass(frozen=True)
class Version:
    """A row of a history."""

    key: tuple[Value, ...]
    tracked: tuple[Value, ...]
    overwrite: tuple[Value, ...]
    durable_key: str
    hashdiff: str
    valid_from: datetime | date
    valid_to: datetime | date | None
    is_current: bool
    is_deleted: bool
    loaded_at: datetime | None


def fingerprint(values: Iterable[Value]) -> str:
    """Hash values as a line of CSV in which all but NULL is quoted."""
    texts = ("" if v is None else '"' + str(v).replace('"', '""') + '"' for v in values)
    return hashlib.md5(",".join(texts).encode()).hexdigest()  # noqa: S324 - a fingerprint


def _rank(value: Value) -> tuple[bool, Value]:
    """NULL is less than everything."""
    return (value is not None, value or 0) if not hasattr(value, "year") else (True, value)


def _place(row: Row) -> tuple[Any, ...]:
    """Return the sort key of a row within its entity: rule 1."""
    return (
        row.at is not None,
        row.at,
        row.is_absence,
        tuple(_rank(number) for number in row.sequence),
        _rank(row.loaded),
        bool(row.gone),
        fingerprint(row.tracked),
        fingerprint(row.overwrite) if row.overwrite else "",
    )


def _greatest(times: Iterable[datetime | None]) -> datetime | None:
    return max((time for time in times if time is not None), default=None)


def versions(
    rows: Iterable[Row],
    *,
    hard_deletes: str = "invalidate",
    feed: str = "changes",
    open_end: datetime | date | None = None,
) -> list[Version]:
    """Return the versions of every entity, each entity's in order."""
    entities: dict[tuple[Value, ...], list[Row]] = defaultdict(list)
    rows = list(rows)
    if feed == "snapshots" and hard_deletes != "ignore":
        rows = _with_absences(rows)
    for row in rows:
        if row.at is not None and any(part is not None for part in row.key):
            entities[row.key].append(row)
    found: list[Version] = []
    for key, its_rows in entities.items():
        found += _entity(key, sorted(its_rows, key=_place), hard_deletes, open_end)
    return found


def _entity(
    key: tuple[Value, ...], rows: list[Row], hard_deletes: str, open_end: datetime | date | None
) -> list[Version]:
    live = [row for row in rows if not row.gone]
    # Rule 4: an ignored deletion takes part in nothing but `loaded_at`.
    heard = live if hard_deletes == "ignore" else rows
    if not heard:
        return []
    latest = (live or heard)[-1].overwrite

    # Rule 1: of each instant, the last.
    standing: list[Row] = []
    for row in heard:
        if standing and standing[-1].at == row.at:
            standing.pop()
        standing.append(row)

    # Rule 2: equal neighbours are one, from the earliest.
    states: list[Row] = []
    for row in standing:
        said = (fingerprint(row.tracked), bool(row.gone))
        if not states or said != (fingerprint(states[-1].tracked), bool(states[-1].gone)):
            states.append(row)

    # Rules 3 and 4: each ends where the next begins, and which of them are versions.
    ends = [state.at for state in states[1:]] + [None]
    spans = list(zip(states, ends, strict=True))
    if all(state.gone for state in states):
        spans = [(states[0], None)]
    elif hard_deletes == "invalidate":
        spans = [(state, end) for state, end in spans if not state.gone]

    found = []
    for number, (state, end) in enumerate(spans):
        # Rule 7: what it stands for reaches to the next version, its own deletion included.
        is_last = number + 1 == len(spans)
        until = None if is_last else spans[number + 1][0].at
        covered = [row for row in rows if row.at >= state.at and (until is None or row.at < until)]
        found.append(
            Version(
                key=key,
                tracked=state.tracked,
                overwrite=latest,
                durable_key=fingerprint(key),
                hashdiff=fingerprint(state.tracked),
                valid_from=state.at,
                valid_to=open_end if end is None else end,
                is_current=end is None and not state.gone,
                is_deleted=bool(state.gone),
                loaded_at=_greatest(row.loaded for row in covered),
            )
        )
    return found


def _with_absences(rows: list[Row]) -> list[Row]:
    """Rule 8: add the entities missing from each extract, and since when others are back."""
    times: dict[datetime, datetime] = {}
    for loaded in {row.loaded for row in rows if row.loaded is not None}:
        shown = _greatest(row.extracted for row in rows if row.loaded == loaded)
        times[loaded] = shown or loaded
    extracts = sorted(times, key=lambda loaded: (times[loaded], loaded))
    contents: dict[tuple[Value, ...], dict[datetime, list[Row]]] = defaultdict(dict)
    for row in rows:
        if row.loaded is not None:
            contents[row.key].setdefault(row.loaded, []).append(row)
    found: list[Row] = []
    for by_extract in contents.values():
        found += _walk(extracts, times, by_extract)
    return found


def _walk(
    extracts: Sequence[datetime],
    times: dict[datetime, datetime],
    by_extract: dict[datetime, list[Row]],
) -> list[Row]:
    found: list[Row] = []
    can_be_placed = any(row.at is not None for its in by_extract.values() for row in its)
    last_seen: datetime | None = None
    missing: datetime | None = None
    back: datetime | None = None
    for extract in extracts:
        if extract in by_extract:
            if missing is not None and back is None:
                back = times[extract]
            for row in by_extract[extract]:
                is_from_before = missing is not None and row.at is not None and row.at <= missing
                found.append(replace(row, at=back) if is_from_before else row)
            last_seen = extract
        elif last_seen is not None:
            if missing is None or back is not None:
                if can_be_placed:
                    said = max(by_extract[last_seen], key=_place_in_extract)
                    found.append(
                        replace(said, at=times[extract], loaded=extract, gone=True, is_absence=True)
                    )
                back = None
            missing = times[extract]
    return found


def _place_in_extract(row: Row) -> tuple[Any, ...]:
    return (_rank(row.at), *_place(row)[3:])
