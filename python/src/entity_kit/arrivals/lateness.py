"""How late a source's rows arrive, and what each lookback loses and reads again.

Measured for a model that reads by event time: at each run, the rows from the greatest event time
seen by then, less the lookback. The runs are those of a regular timetable (each hour, day or week)
over the recorded arrivals.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from entity_kit.warehouse import answered, rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from entity_kit.arrivals.sources import Source
    from entity_kit.warehouse import Connection

QUANTILES = (0.0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1.0)
TIMETABLES = ("hour", "day", "week")

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_LADDER = (
    timedelta(0), _MINUTE, 5 * _MINUTE, 15 * _MINUTE, _HOUR, 3 * _HOUR, 6 * _HOUR, 12 * _HOUR,
    _DAY, 2 * _DAY, 3 * _DAY, 7 * _DAY, 14 * _DAY, 30 * _DAY, 60 * _DAY, 90 * _DAY, 180 * _DAY,
    365 * _DAY, 730 * _DAY,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Price:
    """The cost of a lookback over all runs: rows never read, and rows read again."""

    lookback: timedelta
    lost: int
    read_again: int


@dataclass(frozen=True, slots=True)
class Bar:
    """The number of rows that were late by `since` or more and less than `until`; None is open."""

    since: timedelta | None
    until: timedelta | None
    rows: int

    @property
    def label(self) -> str:
        if self.since is None:
            return "before it happened"
        if self.until is None:
            return f"{span(self.since)} or more"
        return f"{span(self.since)} to {span(self.until)}"


@dataclass(frozen=True, slots=True)
class Lateness:
    """How long after their event time the rows of one source arrived.

    `smallest` is the least lookback that loses nothing, `prices` those of it and of shorter ones.
    `unplaced` rows lack one of the two times.
    """

    source: str
    rows: int
    unplaced: int
    runs: int
    every: str
    quantiles: tuple[tuple[float, timedelta], ...]
    bars: tuple[Bar, ...]
    smallest: timedelta
    prices: tuple[Price, ...]


def measure(connection: Connection, source: Source, every: str = "day") -> Lateness:
    """Measure a source that declares `event_time`."""
    with answered(f"measure how late the rows of source {source.name} come"):
        return _measure(connection, source, every)


def _measure(connection: Connection, source: Source, every: str) -> Lateness:
    loaded, event = (
        f"cast({expression} as timestamptz)" for expression in (source.loaded_at, source.event_time)
    )
    rows(
        connection,
        f"""
        create or replace temp table entity_kit_lateness as
        select
            epoch_us({event}) as event,
            epoch_us({loaded}) - epoch_us({event}) as late,
            dense_rank() over (order by date_trunc('{every}', {loaded})) as run
        from {source.origin}
        where isfinite({loaded}) and isfinite({event})
        """,
    )
    # The greatest event time that the earlier runs had seen.
    rows(
        connection,
        """
        create or replace temp table entity_kit_seen as
        select run, max(latest) over (order by run rows between unbounded preceding and 1 preceding)
            as seen
        from (select run, max(event) as latest from entity_kit_lateness group by run)
        """,
    )
    total = rows(connection, f"select count(*) from {source.origin}")[0][0]
    count, runs, behind = rows(
        connection,
        "select count(*), count(distinct run), max(seen - event) "
        "from entity_kit_lateness join entity_kit_seen using (run)",
    )[0]
    smallest = _micro(max(behind or 0, 0))
    shown = rows(
        connection, f"select quantile_disc(late, {list(QUANTILES)}) from entity_kit_lateness"
    )[0][0]
    lookbacks = [step for step in _LADDER if step < smallest]
    return Lateness(
        source=source.name,
        rows=count,
        unplaced=total - count,
        runs=runs,
        every=every,
        quantiles=tuple(zip(QUANTILES, map(_micro, shown or ()), strict=False)),
        bars=_bars(connection),
        smallest=smallest,
        prices=tuple(_price(connection, each) for each in (*lookbacks, smallest)),
    )


def _micro(count: int) -> timedelta:
    return timedelta(microseconds=count)


def _count(length: timedelta) -> int:
    return length // timedelta(microseconds=1)


def _price(connection: Connection, lookback: timedelta) -> Price:
    length = _count(lookback)
    (lost,) = rows(
        connection,
        "select count(*) from entity_kit_lateness join entity_kit_seen using (run) "
        f"where event < seen - {length}",
    )[0]
    # A row is read again by each later run whose lookback reaches it: those up to the last one of
    # which the watermark isn't further ahead than that.
    (again,) = rows(
        connection,
        f"""
        select coalesce(sum(greatest(reached.run - late.run, 0)), 0)
        from (select event + {length} as reach, run from entity_kit_lateness) as late
        asof join (
            select seen, max(run) as run from entity_kit_seen where seen is not null group by seen
        ) as reached on late.reach >= reached.seen
        """,
    )[0]
    return Price(lookback, lost, int(again))


def _bars(connection: Connection) -> tuple[Bar, ...]:
    edges = [_count(step) for step in _LADDER]
    reached = " + ".join(f"(late >= {edge})::integer" for edge in edges)
    counted = dict(
        rows(connection, f"select {reached}, count(*) from entity_kit_lateness group by all")
    )
    if not counted:
        return ()
    return tuple(
        Bar(
            _LADDER[number - 1] if number else None,
            _LADDER[number] if number < len(_LADDER) else None,
            counted.get(number, 0),
        )
        for number in range(min(counted), max(counted) + 1)
    )


def span(length: timedelta, *, up: bool = False) -> str:
    """Return a duration as text, rounded to its two largest units.

    A lookback is rounded `up`: a little less than the smallest that loses nothing loses something.
    """
    if length < timedelta(0):
        return f"-{span(-length)}"
    units = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
    microseconds = _count(length)
    largest = next((n for n, (_, size) in enumerate(units) if microseconds >= size * 10**6), 3)
    least = units[min(largest + 1, 3)][1]
    whole = microseconds if up else microseconds - least * 500_000
    seconds = -(-whole // (least * 10**6)) * least if microseconds >= 10**6 else 0
    parts = []
    for unit, size in units:
        amount, seconds = divmod(seconds, size)
        if amount:
            parts.append(f"{amount} {unit}")
    return " ".join(parts[:2]) or ("0" if not length else f"{length.total_seconds():g} s")


def as_interval(length: timedelta) -> str:
    """Return a duration, rounded up, in the form that `lookback_interval` takes."""
    seconds = -(-_count(length) // 1_000_000)
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        # Rounding up by more than a tenth would cost more than it says.
        amount = -(-seconds // size)
        if seconds and amount * size <= seconds * 1.1:
            return f"{{{unit}: {amount}}}"
    return f"{{seconds: {seconds}}}"


def text_lines(model: str, measured: Sequence[Lateness]) -> Iterator[str]:
    """Yield the distribution, a plot, and the cost of lookbacks, for a terminal."""
    yield f"{model} reads {len(measured)} source{'' if len(measured) == 1 else 's'} with event_time."
    for found in measured:
        yield ""
        yield from _source_lines(found)


def _source_lines(found: Lateness) -> Iterator[str]:
    yield f"{found.source}: {found.rows:,} rows, by loaded_at minus event_time"
    if found.unplaced:
        yield f"  {found.unplaced:,} more rows are missing one of the two times."
    if not found.rows:
        return
    shares = (f"{'max' if q == 1 else 'min' if q == 0 else f'{q:.4g}'}" for q, _ in found.quantiles)
    cells = [(share, span(late)) for share, (_, late) in zip(shares, found.quantiles, strict=True)]
    yield "  quantiles: " + ", ".join(f"{share} {late}" for share, late in cells)
    widest = max(len(bar.label) for bar in found.bars)
    most = max(bar.rows for bar in found.bars)
    for bar in found.bars:
        length = -(-bar.rows * 40 // most)
        yield f"  {bar.label.rjust(widest)} |{'█' * length}{' ' if bar.rows else ''}{bar.rows:,}"
    yield (
        f"  A model that runs every {found.every} ({found.runs:,} runs with something new) and reads "
        "from the latest event_time it has seen, less a lookback:"
    )
    table = [("lookback", "rows lost", "rows read again", "again per run")]
    table += [
        (
            span(price.lookback, up=True),
            f"{price.lost:,}",
            f"{price.read_again:,}",
            f"{price.read_again / max(found.runs - 1, 1):,.1f}",
        )
        for price in found.prices
    ]
    widths = [max(len(line[n]) for line in table) for n in range(4)]
    for line in table:
        yield "    " + "  ".join(c.rjust(w) for c, w in zip(line, widths, strict=True))
    if found.smallest:
        yield f"  The smallest lookback that loses nothing: {span(found.smallest, up=True)}, {as_interval(found.smallest)}."
    else:
        yield "  No lookback is needed: no row is older than one that an earlier run had seen."


def as_json(model: str, measured: Sequence[Lateness]) -> dict[str, Any]:
    """Return the result as plain data, with durations in seconds."""
    return {
        "version": 1,
        "model": model,
        "sources": [
            {
                "source": found.source,
                "rows": found.rows,
                "unplaced": found.unplaced,
                "every": found.every,
                "runs": found.runs,
                "quantiles": [
                    {"share": q, "late_s": late.total_seconds()} for q, late in found.quantiles
                ],
                "histogram": [
                    {
                        "from_s": None if bar.since is None else bar.since.total_seconds(),
                        "until_s": None if bar.until is None else bar.until.total_seconds(),
                        "rows": bar.rows,
                    }
                    for bar in found.bars
                ],
                "smallest_lookback_s": found.smallest.total_seconds(),
                "lookbacks": [
                    {
                        "lookback_s": price.lookback.total_seconds(),
                        "rows_lost": price.lost,
                        "rows_read_again": price.read_again,
                    }
                    for price in found.prices
                ],
            }
            for found in measured
        ],
    }
