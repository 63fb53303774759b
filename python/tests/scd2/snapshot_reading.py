"""What the macros must read from a native snapshot, in plain Python, from the rules in docs/scd2.md."""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .reference import Row

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


@dataclass(frozen=True)
class Noted:
    """A row of a snapshot. `began`, `ended` and `updated` are dbt's valid_from, valid_to and updated_at."""

    key: Any
    tracked: tuple[Any, ...]
    began: datetime
    ended: datetime | None
    updated: datetime
    deleted: bool = False


@dataclass(frozen=True)
class Span:
    """A row as a version: where it really begins and ends. One that never lived ends where it begins."""

    row: Noted
    start: datetime
    end: datetime | None

    @property
    def lived(self) -> bool:
        return self.end is None or self.end > self.start

    @property
    def loaded(self) -> datetime:
        return max(self.row.updated, self.start)


def current(rows: Iterable[Noted]) -> list[tuple[Any, ...]]:
    """Return what the snapshot itself marks as current: its open rows."""
    return sorted(
        ((row.key, *row.tracked) for row in rows if row.ended is None and not row.deleted), key=repr
    )


def spans(rows: Iterable[Noted]) -> list[Span]:
    """Return every entity's versions, which don't overlap, each entity's in order."""
    entities: dict[Any, list[Noted]] = defaultdict(list)
    for row in rows:
        entities[row.key].append(row)
    return [span for its in entities.values() for span in _entity(its)]


def _entity(rows: list[Noted]) -> list[Span]:
    rows = sorted(rows, key=_content, reverse=True)
    rows.sort(key=lambda row: (row.began, row.updated, row.deleted))
    rows.sort(key=lambda row: row.began if row.ended is None else max(row.began, row.ended))
    rows.sort(key=lambda row: row.ended is None)
    found: list[Span] = []
    over = None
    for row in rows:
        start = row.began if over is None else max(row.began, over)
        found.append(Span(row, start, row.ended))
        if row.ended is not None:
            over = row.ended if over is None else max(over, row.ended)
    # Two open rows are a key that the source has twice.
    bounded = [
        Span(one.row, one.start, two.start) if one.end is None else one
        for one, two in itertools.pairwise(found)
    ] + found[-1:]
    lived = [span for span in bounded if span.lived]
    if lived:
        return lived
    last = bounded[-1]
    return [Span(last.row, last.start, last.start)]


def _content(row: Noted) -> tuple[Any, ...]:
    # DuckDB's order of whole rows: NULL is the greatest.
    return tuple((value is None, value or "") for value in row.tracked)


def changes(rows: Iterable[Noted]) -> list[Row]:
    """Return the snapshot as a change log, without the rows that make no version."""
    log: list[Row] = []
    for _, group in itertools.groupby(spans(rows), key=lambda span: span.row.key):
        its = list(group)
        for span, after in zip(its, [*its[1:], None], strict=True):
            row = span.row
            log.append(Row((row.key,), span.start, span.loaded, row.tracked, gone=row.deleted))
            if span.end is not None and (after is None or after.start > span.end):
                loaded = max(span.loaded, span.end)
                log.append(Row((row.key,), span.end, loaded, row.tracked, gone=True))
    return log
