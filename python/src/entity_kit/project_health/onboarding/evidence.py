"""What the rows of one relation say about how they arrive; nothing is declared or written here."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from entity_kit.project_health.onboarding import roles
from entity_kit.project_health.onboarding.keys import (
    TECHNICAL,
    Key,
    duplicates,
    find_key,
    is_named,
    key_rank,
)
from entity_kit.project_health.onboarding.roles import Arrival, Distance, Spread
from entity_kit.project_health.onboarding.times import (
    TIMES,
    TimeColumn,
    find_times,
    keep_first_deliveries,
)
from entity_kit.warehouse import answered, quote, rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from entity_kit.arrivals.sources import Source
    from entity_kit.project_health.onboarding.times import Columns
    from entity_kit.warehouse import Connection


_UNITS = ("hour", "day", "week", "month", "year")


@dataclass(frozen=True, slots=True)
class Again:
    """Rows whose `key` came more than once, at different loaded times or times of change.

    `copies` repeat all values of an earlier row, `versions` have others. In `extracts` each load
    brings nearly all of the keys again.
    """

    key: tuple[str, ...]
    copies: int
    versions: int
    extracts: bool = False


@dataclass(frozen=True, slots=True)
class Loads:
    """The distinct loaded times: how many, and the rows of the first and of the largest one."""

    count: int
    first_rows: int
    largest_rows: int


@dataclass(frozen=True, slots=True)
class Changed:
    """Rows that were changed after they were created, by two of their own times."""

    created: str
    changed: str
    rows: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was seen in one relation. `key` has no duplicates; `again` is None where no key came again.

    `repeated` rows are equal to an earlier one in all columns. `unsure` are sentences about columns
    that may be times.
    """

    rows: int
    columns: tuple[tuple[str, str], ...]
    times: tuple[TimeColumn, ...] = ()
    arrival: Arrival | None = None
    loads: Loads | None = None
    event: TimeColumn | None = None
    distances: dict[str, Distance] = field(default_factory=dict)
    key: Key | None = None
    again: Again | None = None
    changed: Changed | None = None
    repeated: int = 0
    unsure: tuple[str, ...] = ()

    @property
    def redelivered(self) -> int:
        """Count the rows that are second deliveries, and not measurements that happen to be equal."""
        again, arrival = self.again, self.arrival
        if again is None or again.extracts or self.event is None or arrival is None:
            return 0
        return again.copies if arrival.certainty != "guess" else 0

    @property
    def distance(self) -> Distance | None:
        """Return how far the arrival is from the event time."""
        return None if self.event is None else self.distances[self.event.name]


def look_at(
    connection: Connection,
    origin: str,
    *,
    table: str,
    now: datetime | None = None,
    declared: Source | None = None,
) -> Evidence:
    """Look at a relation of any size in some passes over it. `origin` is SQL for its rows.

    `declared` says what is known already: its times are taken, and none are chosen instead.
    Raises QueryError where the relation can't be read.
    """
    described = rows(connection, f"describe select * from {origin}")
    columns: Columns = [(str(row[0]), str(row[1])) for row in described]
    with answered(f"read the rows of {table}"):
        total = rows(connection, f"select count(*) from {origin}")[0][0]
        known = {} if declared is None else _declared(declared)
        found = find_times(connection, origin, columns, now, known)
        times, event = found.columns, None
        if declared is None:
            spreads = _spreads(connection, times, _parts(connection, times))
            arrival = roles.choose_arrival(times, spreads, total)
        else:
            by_name = {time.name: time for time in times}
            names = [by_name.get(name) for name in known]
            arrival = None if names[0] is None else Arrival(names[0], "declared")
            event = names[1] if len(names) > 1 else None
        seen = Evidence(total, tuple(columns), times, arrival, event=event, unsure=found.unsure)
        return _complete(connection, origin, seen, table) if total else seen


def _declared(source: Source) -> dict[str, str]:
    """Return the declared times, the arrival first, with their SQL."""
    found = {source.loaded_column or source.loaded_at: source.loaded_at}
    if source.event_time is not None:
        found[source.event_column or source.event_time] = source.event_time
    return found


def _complete(connection: Connection, origin: str, seen: Evidence, table: str) -> Evidence:
    """Add what depends on the arrival, and the key."""
    arrival = None if seen.arrival is None else seen.arrival.time
    loads, event, distances = None, seen.event, {}
    if arrival is not None:
        loads = _loads(connection, arrival)
        distances = _distances(connection, arrival, seen.times, loads)
        if event is None:
            known = {arrival.name, *_parts(connection, seen.times)[arrival.name]}
            others = [time for time in seen.times if time.name not in known]
            chosen = roles.choose_event(arrival, [(t, distances[t.name]) for t in others])
            event = None if chosen is None else chosen[0]
    stamps = tuple(
        time.name
        for time in seen.times
        if time is arrival or roles.name_class(time.name) in {"loader", "load"}
    )
    key, again = _key(connection, origin, seen, table, stamps, loads)
    found = replace(
        seen,
        loads=loads,
        event=event,
        distances=distances,
        key=key,
        again=again,
        changed=_changed(connection, seen.times),
        repeated=0 if key else duplicates(connection, origin, [name for name, _ in seen.columns]),
    )
    if arrival is None or loads is None or again is None or not found.redelivered:
        return found
    # How late a row comes is how late it comes first.
    content = _content(again.key, seen.columns, stamps)
    keep_first_deliveries(connection, origin, seen.times, arrival, content)
    return replace(found, distances=_distances(connection, arrival, seen.times, loads))


def _key(
    connection: Connection,
    origin: str,
    seen: Evidence,
    table: str,
    stamps: Sequence[str],
    loads: Loads | None,
) -> tuple[Key | None, Again | None]:
    """Find the key, and what came again under it."""
    columns = list(seen.columns)
    key = find_key(connection, origin, columns, table=table, without=stamps)
    arrival = None if seen.arrival is None else seen.arrival.time.name
    if arrival in dict(columns) and loads is not None and (key is None or not key.named):
        # What is unique by chance says less than the table's own key, which came again.
        own = [each for each in columns if key_rank(table, *each) == 0]
        for some in (own, columns) if key is None else (own,):
            later = find_key(
                connection, origin, some, table=table, without=stamps, plus=(str(arrival),)
            )
            if later is not None:
                return later, _again(connection, origin, columns, later, stamps, loads)
    return key, None if key is None else _changes(connection, origin, seen, key)


def _parts(connection: Connection, times: Sequence[TimeColumn]) -> dict[str, set[str]]:
    """Return for each time the others that are its hour, day, week, month, or year in every row."""
    pairs = [
        (time, part)
        for time in times
        for part in times
        if time is not part and part.distinct <= time.distinct
    ]
    found: dict[str, set[str]] = {time.name: set() for time in times}
    if not pairs:
        return found
    items = [
        f"bool_and({part.slot} = epoch_us(date_trunc('{unit}', make_timestamptz({time.slot})))) "
        f"and bool_or({part.slot} < {time.slot})"
        for time, part in pairs
        for unit in _UNITS
    ]
    held = rows(connection, f"select {', '.join(items)} from {TIMES}")[0]
    for number, (time, part) in enumerate(pairs):
        if any(held[number * len(_UNITS) : (number + 1) * len(_UNITS)]):
            found[time.name].add(part.name)
    return found


def _spreads(
    connection: Connection, times: Sequence[TimeColumn], parts: Mapping[str, set[str]]
) -> tuple[Spread, ...]:
    """Compare each time with the others. That it is never before a part of itself says nothing."""
    items = []
    for time in times:
        others = [t.slot for t in times if t is not time and t.name not in parts[time.name]]
        # It wants two arguments.
        latest = f"greatest({', '.join([*others, others[0]])})" if others else "null::bigint"
        items.append(f"count({time.slot}) filter ({latest} is not null)")
        items.append(f"count(*) filter ({time.slot} >= {latest})")
    if not items:
        return ()
    counted = rows(connection, f"select {', '.join(items)} from {TIMES}")[0]
    return tuple(Spread(*counted[at : at + 2]) for at in range(0, len(counted), 2))


def _loads(connection: Connection, arrival: TimeColumn) -> Loads:
    count, first, largest = rows(
        connection,
        "select count(*), arg_min(size, loaded), max(size) from "
        f"(select {arrival.slot} as loaded, count(*) as size from {TIMES} "
        f"where {arrival.slot} is not null group by 1)",
    )[0]
    return Loads(count, first or 0, largest or 0)


def _distances(
    connection: Connection, arrival: TimeColumn, times: Sequence[TimeColumn], loads: Loads
) -> dict[str, Distance]:
    others = (time for time in times if time.name != arrival.name)
    return {time.name: _distance(connection, arrival, time, loads) for time in others}


def _distance(
    connection: Connection, arrival: TimeColumn, time: TimeColumn, loads: Loads
) -> Distance:
    # One row that comes first is no backfill.
    backfill = loads.count > 1 and loads.first_rows > 1
    measured = "loaded > (select min(loaded) from both_times)" if backfill else "true"
    known, early, first_load, median, p99, longest, correlation = rows(
        connection,
        f"""
        with both_times as (
            select {arrival.slot} as loaded, {time.slot} as event, loaded - event as late
            from {TIMES}
            where loaded is not null and event is not null
        )
        select
            count(*),
            count(*) filter (late < 0),
            count(*) filter (not {measured}),
            quantile_disc(late, 0.5) filter ({measured}),
            quantile_disc(late, 0.99) filter ({measured}),
            max(late) filter ({measured}),
            if(min(loaded) = max(loaded) or min(event) = max(event), null,
               corr(loaded::double, event::double))
        from both_times
        """,
    )[0]
    if loads.count < 2:  # how old the record was then
        first_load, median, p99, longest = known, None, None, None
    return Distance(
        known,
        early,
        first_load,
        known - first_load,
        _length(median),
        _length(p99),
        _length(longest),
        correlation,
    )


def _length(microseconds: int | None) -> timedelta | None:
    return None if microseconds is None else timedelta(microseconds=microseconds)


def _again(
    connection: Connection,
    origin: str,
    columns: Columns,
    key: Key,
    stamps: Sequence[str],
    loads: Loads,
) -> Again:
    entity = key.columns[:-1]  # the last one is the arrival
    content = ", ".join(map(quote, _content(entity, columns, stamps)))
    total, distinct, entities = rows(
        connection,
        f"select (select count(*) from {origin}), "
        f"(select count(*) from (select distinct {content} from {origin})), "
        f"(select count(*) from (select distinct {', '.join(map(quote, entity))} from {origin}))",
    )[0]
    extracts = loads.count > 1 and total >= 0.5 * loads.count * entities
    return Again(entity, total - distinct, distinct - entities, extracts)


def _content(
    entity: Sequence[str], columns: Sequence[tuple[str, str]], stamps: Sequence[str]
) -> list[str]:
    """Return the columns that say the same at a second delivery of a row."""
    said = [c for c, _ in columns if c not in stamps and not TECHNICAL.fullmatch(c)]
    return list(dict.fromkeys([*entity, *said]))


def _changes(connection: Connection, origin: str, seen: Evidence, key: Key) -> Again | None:
    """Count the versions where the time of a change is what makes a key unique."""
    changes = {t.name for t in seen.times if roles.name_class(t.name) == "change"}
    entity = tuple(name for name in key.columns if name not in changes)
    if not is_named(entity) or entity == key.columns:
        return None
    return Again(entity, 0, duplicates(connection, origin, entity))


def _changed(connection: Connection, times: Sequence[TimeColumn]) -> Changed | None:
    """Count the rows with a later change than their creation, in the first pair of such times."""
    created = [t for t in times if "create" in t.name.casefold()]
    changed = [t for t in times if roles.name_class(t.name) == "change"]
    if not created or not changed:
        return None
    later = f"count(*) filter ({changed[0].slot} > {created[0].slot})"
    counted = rows(connection, f"select {later} from {TIMES}")[0][0]
    return Changed(created[0].name, changed[0].name, counted)
