"""The source rows behind a row of a model: when each happened, was loaded, and first showed.

They are found by the columns that both have, so only where the model keeps a source's names, and by
the period that a key column holds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from entity_kit.arrivals.case_rows import delivered
from entity_kit.arrivals.sources import from_microseconds
from entity_kit.warehouse import literal, quote, rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from entity_kit.arrivals.schedules import RecordedWorld
    from entity_kit.arrivals.sources import Source
    from entity_kit.warehouse import Connection

# Of the rows behind one row, this many of those that showed first, and of those that showed last.
_FIRST, _LAST = 2, 4
# With more rows than this behind it, a row has only something very common in common with them; with
# more than a few, if neither a key of its own nor one of the source's is what they share.
_MOST, _FEW = 500, 5
# A key of more columns is told by its first one.
_SHORT = 2
_DAY = re.compile(r"\d{4}-\d\d-\d\d(?: 00:00:00(?:\+00)?)?")


@dataclass(frozen=True, slots=True)
class Arrival:
    """One row of a source. It shows from `step` on, and until before `until`, if set."""

    label: str
    event: datetime | None
    loaded: datetime | None
    step: int
    until: int | None = None


@dataclass(frozen=True, slots=True)
class RowsBehind:
    """The rows of one source behind one row of a model.

    `sample` is the place of the model's row in the sample. `by` is what they have in common with it.
    `seen` is the latest event time that the previous run had seen, `count` how many rows there are.
    """

    source: str
    sample: int
    by: str
    rows: tuple[Arrival, ...]
    count: int
    seen: datetime | None = None


@dataclass(frozen=True, slots=True)
class _InCommon:
    """What a source's rows may have in common with a model's row, and how many there may be."""

    said: str
    sql: str
    columns: tuple[str, ...]
    most: int = _MOST


def find_behind(
    connection: Connection,
    world: RecordedWorld,
    sources: Sequence[Source],
    key: Sequence[str],
    sample: Sequence[Mapping[str, Any]],
    ran: Sequence[int],
) -> tuple[RowsBehind, ...]:
    """Return what is behind each row of a sample; the project `ran` at these states, in order."""
    found = []
    for source in sources:
        known = {
            str(name).casefold(): str(name)
            for name, *_ in rows(connection, f"describe select * from {source.origin}")
        }
        seen = _latest_seen(connection, world, source, ran)
        for place, row in enumerate(sample):
            for by in _conditions(source, known, key, row, sample):
                for names in _names(source, list(known.values()), by):
                    arrivals, count = _arrivals(connection, world, source, by.sql, ran, names)
                    if count <= 1 or len({arrival.label for arrival in arrivals}) > 1:
                        break
                if 0 < count <= by.most:
                    found.append(RowsBehind(source.name, place, by.said, arrivals, count, seen))
                    break
    return tuple(found)


def same_values(names: Sequence[str], row: Mapping[str, Any]) -> str:
    """Return the condition that these columns of a source are as they are in a row of a model."""
    values = {name.casefold(): value for name, value in row.items()}
    return " and ".join(
        f"cast({quote(name)} as varchar) = {literal(_text(values[name.casefold()]))}"
        for name in names
    )


def shared_columns(
    source: Source, known: Sequence[str], named: Sequence[str], row: Mapping[str, Any]
) -> list[str]:
    """Return the columns of a source that a row of a model has a value for, of those `named`."""
    wanted = {name.casefold() for name in named}
    there = {name.casefold() for name, value in row.items() if value is not None}
    return [
        name
        for name in known
        if name.casefold() in wanted & there
        and name not in {source.loaded_column, source.event_column}
    ]


def _text(value: Any) -> str:
    """Return a value as DuckDB casts it to text."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _conditions(
    source: Source,
    known: Mapping[str, str],
    key: Sequence[str],
    row: Mapping[str, Any],
    sample: Sequence[Mapping[str, Any]],
) -> Iterator[_InCommon]:
    columns = list(known.values())
    by_key = shared_columns(source, columns, key, row)
    period = next(
        (
            (name, period)
            for name in key
            if name in row and name not in by_key and source.event_time
            for period in [_period(name, row, sample)]
            if period
        ),
        None,
    )
    if period is not None:
        column, grain = period
        start = literal(str(row[column])[:10])
        happened = f"date_trunc('{grain}', {source.event_time}) = cast({start} as timestamp)"
        said = [*_said(by_key, row), f"{column} {str(row[column])[:10]}"]
        sql = " and ".join(filter(None, (same_values(by_key, row), happened)))
        yield _InCommon(", ".join(said), sql, tuple(by_key))
    elif by_key:
        yield _alike(by_key, row)
    own = shared_columns(source, columns, source.row_key, row)
    if own and len(own) == len(source.row_key):
        yield _alike(own, row)
    shared = shared_columns(source, columns, tuple(row), row)
    if len(shared) > 1:
        yield replace(
            _alike(shared, row), said=", ".join(_said((own or shared)[:2], row)), most=_FEW
        )


def _alike(names: Sequence[str], row: Mapping[str, Any]) -> _InCommon:
    return _InCommon(", ".join(_said(names, row)), same_values(names, row), tuple(names))


def _names(source: Source, columns: Sequence[str], by: _InCommon) -> Iterator[tuple[str, ...]]:
    """Yield what may tell the rows apart: the key, or a column, which most sources begin with.

    Of a long key, the first column is enough. If that is what all rows have in common, another
    column is tried.
    """
    if 0 < len(source.row_key) <= _SHORT:
        yield source.row_key
    else:
        yield tuple((source.row_key or columns)[:1])
    others = [name for name in columns if name not in by.columns and name != source.loaded_column]
    if others:
        yield (others[0],)


def _said(names: Sequence[str], row: Mapping[str, Any]) -> list[str]:
    values = {name.casefold(): value for name, value in row.items()}
    return [f"{name} {_text(values[name.casefold()])}" for name in names]


def _period(name: str, row: Mapping[str, Any], sample: Sequence[Mapping[str, Any]]) -> str:
    """Return which period a column names by its first day; '' if it names none.

    A first day of a month could be any day, but in all rows of a sample it hardly is.
    """
    texts = {str(each[name]) for each in sample if each.get(name) is not None}
    if row[name] is None or not all(map(_DAY.fullmatch, texts)):
        return ""
    try:
        days = [datetime.fromisoformat(text[:10]) for text in texts]
    except ValueError:  # the 31st of February
        return ""
    if all(day.day == 1 for day in days):
        return "month"
    return "week" if len(days) > 1 and all(day.weekday() == 0 for day in days) else "day"


def _arrivals(
    connection: Connection,
    world: RecordedWorld,
    source: Source,
    condition: str,
    ran: Sequence[int],
    names: Sequence[str],
) -> tuple[tuple[Arrival, ...], int]:
    """Return the first and the last rows that meet a condition, and how many do."""
    label = " || ', ' || ".join(f"coalesce(cast({quote(n)} as varchar), 'NULL')" for n in names)
    found = rows(
        connection,
        f"""
        select label, event, loaded, since, until, many
        from (
            select
                {label} as label, {_micros(source.event_time)} as event,
                {_micros(source.loaded_at)} as loaded,
                entity_kit_from as since, entity_kit_until as until,
                count(*) over () as many,
                row_number() over (order by entity_kit_from, {source.loaded_at}) as place
            from ({delivered(world, source, ran[-1])})
            where entity_kit_from <= {ran[-1]} and {condition}
        )
        where place <= {_FIRST} or place > many - {_LAST}
        order by place
        """,
    )
    count = found[0][-1] if found else 0
    return tuple(
        Arrival(
            f"{', '.join(names)} {text}",
            _instant(event),
            _instant(loaded),
            _step(since, ran) or ran[-1],
            None if until is None else _step(until, ran),
        )
        for text, event, loaded, since, until, _ in found
    ), count


def _instant(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else from_microseconds(microseconds)


def _step(state: int, ran: Sequence[int]) -> int | None:
    """Return the first state from this one on at which the project ran."""
    return next((each for each in ran if each >= state), None)


def _latest_seen(
    connection: Connection, world: RecordedWorld, source: Source, ran: Sequence[int]
) -> datetime | None:
    if source.event_time is None or len(ran) < 2 or not ran[-2]:
        return None
    ((latest,),) = rows(
        connection,
        f"select max({_micros(source.event_time)}) from ({world.view(source, ran[-2])})",
    )
    return _instant(latest)


def _micros(expression: str | None) -> str:
    """Return the SQL for the microseconds since 1970; NULL for a time that Python can't hold."""
    if expression is None:
        return "null::bigint"
    instant = f"cast({expression} as timestamptz)"
    return (
        f"case when year({instant}) between 2 and 9998 and isfinite({instant}) "
        f"then epoch_us({instant}) end"
    )
