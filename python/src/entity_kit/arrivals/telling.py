"""Find the cuts of a source's record that show the most, with a few queries.

What is found only moves steps. So nothing here may fail for a column that can't be read so.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from entity_kit.arrivals import timeline
from entity_kit.arrivals.sources import from_microseconds, to_microseconds
from entity_kit.warehouse import quote, rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from entity_kit.arrivals.sources import Arrivals, Source
    from entity_kit.arrivals.timeline import Span
    from entity_kit.warehouse import Connection

_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
_TIMES = ("TIMESTAMP", "DATE")
# Columns that are looked at beyond those that are declared; rows up to which keys are followed.
_MOST_COLUMNS, _MOST_ROWS = 20, 20_000_000


def telling(
    connection: Connection,
    source: Source,
    arrivals: Arrivals,
    keys: Sequence[tuple[str, ...]],
) -> tuple[frozenset[datetime], ...]:
    """Return sets of instants: a cut at one of each shows a kind of mistake; the likeliest first.

    `keys` are the unique keys of the models that read the source.
    """
    if len(arrivals.instants) < 3:
        return ()
    known = {
        str(name): str(kind)
        for name, kind, *_ in rows(connection, f"describe select * from {source.origin}")
    }
    by_name = {name.casefold(): name for name in known}
    own = [tuple(by_name.get(name.casefold(), "") for name in key) for key in keys]
    whole_keys = list(dict.fromkeys(key for key in (source.row_key, *own) if key and all(key)))
    found = [
        *_backward(connection, source, arrivals, known, whole_keys),
        *_older_again(connection, source, arrivals, whole_keys),
        *_parted(connection, source, arrivals, whole_keys),
    ]
    return tuple(dict.fromkeys(kind for kind in found if kind))


def behind(connection: Connection, source: Source, arrivals: Arrivals) -> frozenset[datetime]:
    """Return the loads with the row of which a time lies furthest before it; without one, all.

    The first load isn't among them: nothing could have been read before.
    """
    later = arrivals.instants[1:]
    known = rows(connection, f"describe select * from {source.origin}")
    times = [
        quote(str(name))
        for name, kind, *_ in known
        if str(kind).startswith(_TIMES) and name != source.loaded_column
    ][:_MOST_COLUMNS]
    found = set()
    columns = _spans(connection, source, arrivals, [_microseconds(time) for time in times])
    for spans in columns:
        back = {
            load: to_microseconds(load) - span[0]
            for load, span in zip(later, spans[1:], strict=True)
            if span is not None
        }
        furthest = max(back, key=lambda load: back[load], default=None)
        if furthest is not None and back[furthest] > 0:
            found.add(furthest)
    return frozenset(found or later)


def _backward(
    connection: Connection,
    source: Source,
    arrivals: Arrivals,
    known: dict[str, str],
    keys: Sequence[tuple[str, ...]],
) -> Iterator[frozenset[datetime]]:
    """Yield the cuts where increasing times and numbers go back."""
    declared = {name for key in keys for name in key}
    taken = [name for name in known if name not in {source.loaded_column, source.event_column}]
    numbers = [name for name in taken if _counted(known[name], name)]
    numbers.sort(key=lambda name: name not in declared)
    numbers = numbers[:_MOST_COLUMNS]
    measures = [_counted(known[name], quote(name)) for name in numbers]
    if source.event_time is not None:
        measures.insert(0, _microseconds(source.event_time))
    columns = _spans(connection, source, arrivals, measures)
    if source.event_time is not None:
        event = columns.pop(0)
        yield timeline.furthest_back(arrivals.instants, event)
        yield timeline.same_day_again(arrivals.instants, event)
        late = source.delivery.late_by or timedelta()
        for unit in timeline.LONG_PERIODS:
            yield timeline.soon_in_a_period(arrivals.instants, event, unit, late)
    for name, spans in zip(numbers, columns, strict=True):
        if name in declared or timeline.ascends(arrivals.instants, spans):
            yield timeline.furthest_back(arrivals.instants, spans)


def _counted(kind: str, value: str) -> str:
    """Return SQL that turns a value of this type into an integer, or None for other types."""
    if kind.startswith(_TIMES):
        return _microseconds(value)
    return value if kind.removeprefix("U") in _WHOLE else ""


def _microseconds(value: str) -> str:
    # In local time, in which days begin and end.
    wall = f"try_cast({value} as timestamp)"
    return f"case when isfinite({wall}) then epoch_us({wall}) end"


def _spans(
    connection: Connection, source: Source, arrivals: Arrivals, measures: Sequence[str]
) -> list[list[Span]]:
    """Return the lowest and highest value of each measure in each load."""
    if not measures:
        return []
    sums = ", ".join(f"min({sql}), max({sql})" for sql in measures)
    found = {
        row[0]: row[1:]
        for row in rows(
            connection,
            f"select {_loaded(source)}, {sums} from {source.origin} "
            f"where {arrivals.kept} group by 1",
        )
    }
    loads = [found.get(to_microseconds(instant), ()) for instant in arrivals.instants]
    return [
        [
            (load[2 * n], load[2 * n + 1]) if load and load[2 * n] is not None else None
            for load in loads
        ]
        for n in range(len(measures))
    ]


def _older_again(
    connection: Connection, source: Source, arrivals: Arrivals, keys: Sequence[tuple[str, ...]]
) -> Iterator[frozenset[datetime]]:
    """Yield the two cuts around a load with only older rows of a key than came before.

    A model that takes a key's latest row from new rows only is wrong there, unless newer ones come
    in the same step. Of such loads, the first of those with the most keys.
    """
    if source.event_time is None or arrivals.rows > _MOST_ROWS:
        return
    for key in keys:
        columns = ", ".join(quote(name) for name in key)
        # Under names of ours: a column may be called `loaded`, too.
        named = ", ".join(f"{quote(name)} as key_{number}" for number, name in enumerate(key))
        ours = ", ".join(f"key_{number}" for number in range(len(key)))
        found = rows(
            connection,
            f"""
            select loaded
            from (
                select
                    loaded,
                    latest < max(latest) over (
                        partition by {ours} order by loaded
                        rows between unbounded preceding and 1 preceding
                    ) as is_older
                from (
                    select
                        {named},
                        {_loaded(source)} as loaded,
                        max({_microseconds(source.event_time)}) as latest
                    from {source.origin}
                    where {arrivals.kept} and ({columns}) in (
                        select ({columns})
                        from {source.origin}
                        where {arrivals.kept}
                        group by {columns}
                        having min({source.loaded_at}) < max({source.loaded_at})
                    )
                    group by all
                )
            )
            where is_older
            group by loaded
            order by count(*) desc, loaded
            limit 1
            """,
        )
        for (loaded,) in found:
            yield from timeline.around(arrivals.instants, from_microseconds(loaded))


def _parted(
    connection: Connection, source: Source, arrivals: Arrivals, keys: Sequence[tuple[str, ...]]
) -> Iterator[frozenset[datetime]]:
    """Yield the cuts that separate rows computed together: of a key, a day, or a month."""
    if arrivals.rows > _MOST_ROWS:
        return
    loaded = f"cast({source.loaded_at} as timestamp)"
    groups = [[f"date_trunc('day', {loaded})"], [f"date_trunc('month', {loaded})"]]
    groups += [[quote(name) for name in key] for key in keys]
    if source.event_time is not None:
        event = f"try_cast({source.event_time} as timestamp)"
        groups += [[f"date_trunc('day', {event})"], [f"date_trunc('month', {event})"]]
    for group in groups:
        listed = ", ".join(group)
        spans = rows(
            connection,
            f"""
            select first_load, max(last_load)
            from (
                select min({_loaded(source)}) as first_load, max({_loaded(source)}) as last_load
                from {source.origin}
                where {arrivals.kept}
                group by {listed}
            )
            where first_load < last_load
            group by first_load
            """,
        )
        yield timeline.within(
            arrivals.instants,
            ((from_microseconds(first), from_microseconds(last)) for first, last in spans),
        )


def _loaded(source: Source) -> str:
    return f"epoch_us(cast({source.loaded_at} as timestamptz))"
