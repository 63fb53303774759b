"""Where a timeline is cut into steps: pure functions over the loads of the sources.

A *load* is all rows of a source with one loaded time. A cut is such a time; a step shows what came
up to it. What a model does wrong between two loads shows only where a cut falls between them, so
few steps are placed where they tell most (docs/verify.md, "Steps").
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from datetime import date, datetime, time, timedelta, timezone
from itertools import accumulate
from typing import TYPE_CHECKING

from entity_kit.arrivals.sources import EPOCH, to_microseconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from entity_kit.arrivals.sources import Arrivals

# Low and high of a column in one load, as numbers; None where all of its values are NULL.
Span = tuple[int, int] | None

_DAY_US = 86_400_000_000
_DAY_0 = EPOCH.toordinal()
# Days since 1970 of the Monday that begins week 0; 1970 began on a Thursday.
_FIRST_MONDAY = -3
LONG_PERIODS = ("week", "month")
MOST_RARE = 3
_EVERY = {"day": timedelta(days=1), "hour": timedelta(hours=1)}
EVERY = tuple(_EVERY)


def cut(
    arrivals: Sequence[Arrivals], steps: int | None, most: int | None = None
) -> tuple[datetime, ...]:
    """Return the instants of `steps` steps, in order; all loads where there are no more than that.

    There are more, up to `most`, where the telling instants (2.) need them, and beyond that (4.).

    The last instant is the last load. Before it come, while there are steps left:
    1. First loads, in at most half of the steps; where several sources begin within the first even
       part, they begin together, when the last of them does. First the fewest that part each source's first
       load from its second, those of most sources first; then the others, the earlier first.
    2. One instant of each set that is `telling`, those that tell most first, in at most half of the
       steps that are left: what is read from the record may tell little of what a model does. With
       `most`, the last load then has a step of its own: what rows of one load do to others shows.
    3. Cuts that part the rest evenly, loads and rows counting half each, each source the same.
    4. With `most`, up to three more, which part sources that load rarely from the others.
    """
    shares = _shares(arrivals)
    ordered = sorted(shares)
    if steps is None or len(ordered) <= steps:
        return tuple(ordered)
    chosen = {ordered[-1]}
    room = min(max(1, steps // 2), steps - 1)
    start = _start(arrivals, ordered, shares, steps)
    firsts = dict.fromkeys(max(first, start) for first in _firsts(arrivals))
    chosen |= set(list(firsts)[:room])
    even = (steps - len(chosen) + 1) // 2
    kinds = [kind for source in arrivals for kind in source.telling]
    rare = [_before_others(source, ordered) for source in arrivals]
    kinds += rare
    kinds += [] if most is None else [frozenset(ordered[-2:-1])]
    _tell(chosen, max(steps, most or 0) - even, ordered, kinds)
    _fill(chosen, min(max(steps, len(chosen) + even), len(ordered)), ordered, shares)
    if most is not None:
        rarest = sorted((kind for kind in rare if kind), key=len)
        _tell(chosen, len(chosen) + MOST_RARE, ordered, rarest)
    return tuple(sorted(chosen))


def distinct(arrivals: Sequence[Arrivals]) -> int:
    """Count the loads at different times, of all sources together."""
    return len(_shares(arrivals))


def loads_rarely(source: Arrivals, loads: int) -> bool:
    """Return whether at least half of the loads of all sources together come without this source."""
    return len(source.instants) * 2 <= loads


def every(
    arrivals: Sequence[Arrivals], unit: str, zone: ZoneInfo, *, idle: bool
) -> tuple[datetime, ...]:
    """Return the instants of a run at the end of each day or hour, up to the one of the last load.

    Days end at midnight in `zone`. What came at the very end is seen. Without `idle`, only the runs
    before which something arrived.
    """
    ends = sorted({_end(instant, unit, zone) for instant in _shares(arrivals)})
    if not idle or not ends:
        return tuple(ends)
    found = [ends[0]]
    while found[-1] < ends[-1]:
        found.append(_end(found[-1] + timedelta(microseconds=1), unit, zone))
    return tuple(found)


def _end(instant: datetime, unit: str, zone: ZoneInfo) -> datetime:
    """Return the first end of a day or hour at or after an instant."""
    if unit == "hour":
        ended = instant.replace(minute=0, second=0, microsecond=0)
        return ended if ended == instant else ended + _EVERY[unit]
    local = instant.astimezone(zone)
    midnight = datetime.combine(local.date(), time(), zone)
    if midnight.astimezone(timezone.utc) < instant:
        midnight = datetime.combine(local.date() + _EVERY[unit], time(), zone)
    return midnight.astimezone(timezone.utc)


def _shares(arrivals: Sequence[Arrivals]) -> dict[datetime, float]:
    """Return the weight of each load: half by its rows, half as one load. Each source adds up to 1."""
    shares: dict[datetime, float] = {}
    for source in arrivals:
        total, loads = sum(source.weights), len(source.instants)
        for instant, weight in zip(source.instants, source.weights, strict=True):
            share = weight / total / 2 + 1 / loads / 2
            shares[instant] = shares.get(instant, 0.0) + share
    last = max((source.last for source in arrivals if source.last is not None), default=None)
    if last is not None:
        shares.setdefault(last, 0.0)
    return shares


def _start(
    arrivals: Sequence[Arrivals],
    ordered: Sequence[datetime],
    shares: Mapping[datetime, float],
    steps: int,
) -> datetime:
    """Return the earliest cut: all sources that begin within the first even part have begun by it.

    A project is first run when its sources are there. That they are not is the schedule `empty`.
    """
    wanted = sum(shares.values()) / steps - 1e-9
    running = accumulate(shares[instant] for instant in ordered)
    even = next(
        instant for instant, reached in zip(ordered, running, strict=True) if reached >= wanted
    )
    begun = [source.instants[0] for source in arrivals if source.instants]
    return max(first for first in begun if first <= max(even, min(begun)))


def _firsts(arrivals: Sequence[Arrivals]) -> list[datetime]:
    """Return the first loads, those first that are enough to part all of them from the second ones.

    A cut parts a source's first load from its second if it lies at or after the one and before the
    other. The latest first load before the earliest second one parts all that began by then. Cuts that
    part more sources come first: a source that began long before doesn't leave the others empty.
    """
    spans = [(source.instants[0], source.instants[1:2]) for source in arrivals if source.instants]
    open_spans = [(first, second[0]) for first, second in spans if second]
    parted: dict[datetime, int] = {}
    while open_spans:
        end = min(second for _, second in open_spans)
        begun = [first for first, _ in open_spans if first < end]
        parted[max(begun)] = len(begun)
        open_spans = [span for span in open_spans if span[0] >= end]
    parting = sorted(parted, key=lambda instant: -parted[instant])
    others = sorted({first for first, _ in spans} - set(parting))
    return [*parting, *others]


def _tell(
    chosen: set[datetime],
    steps: int,
    ordered: Sequence[datetime],
    telling: Sequence[frozenset[datetime]],
) -> None:
    """Choose an instant of each set while steps remain, starting with the one in most sets."""
    place = {instant: number for number, instant in enumerate(ordered)}
    open_sets = [kind for kind in telling if kind]
    while len(chosen) < steps:
        open_sets = [kind for kind in open_sets if chosen.isdisjoint(kind)]
        hits = Counter(instant for kind in open_sets for instant in kind if instant in place)
        if not hits:
            return
        most = max(hits.values())
        candidates = {instant for instant, count in hits.items() if count == most}
        # The last tie-breaker: the kind that is listed first, far from the other cuts.
        named = next(kind for kind in open_sets if not candidates.isdisjoint(kind))
        cuts = sorted(place[instant] for instant in chosen)
        chosen.add(
            max(
                sorted(candidates & named),
                key=lambda instant: min(abs(place[instant] - each) for each in cuts),
            )
        )


def _before_others(source: Arrivals, ordered: Sequence[datetime]) -> frozenset[datetime]:
    """Return the cuts right before loads of a source that are `behind`, if most others load without it.

    What such a load changes had been joined to it before, in rows of the others.
    """
    if not loads_rarely(source, len(ordered)):
        return frozenset()
    places = (bisect_left(ordered, load) for load in source.behind)
    return frozenset(ordered[place - 1] for place in places if place)


def _fill(
    chosen: set[datetime],
    steps: int,
    ordered: Sequence[datetime],
    shares: Mapping[datetime, float],
) -> None:
    """Cut between the chosen instants, the heaviest part first, until there are enough."""
    parts: list[list[datetime]] = [[]]
    for instant in ordered:
        parts[-1].append(instant)
        if instant in chosen:
            parts.append([])
    weights = [sum(shares[instant] for instant in part) for part in parts]
    pieces = [1] * len(parts)
    for _ in range(steps - len(chosen)):
        # Each cut goes to the heaviest piece so far (the D'Hondt method).
        open_parts = [number for number, part in enumerate(parts) if len(part) > pieces[number]]
        heaviest = max(open_parts, key=lambda number: weights[number] / pieces[number])
        pieces[heaviest] += 1
    for part, count in zip(parts, pieces, strict=True):
        chosen |= set(_evenly(part, count, shares))


def _evenly(
    part: Sequence[datetime], pieces: int, shares: Mapping[datetime, float]
) -> list[datetime]:
    """Return the cuts that divide a part into pieces as evenly as its loads allow."""
    running, reached = [], 0.0
    for instant in part:
        reached += shares[instant]
        running.append(reached)
    found: list[int] = []
    for number in range(1, pieces):
        wanted = bisect_left(running, reached * number / pieces - 1e-9)
        lowest = found[-1] + 1 if found else 0
        # Each later piece needs its own load.
        found.append(min(max(wanted, lowest), len(part) - 1 - (pieces - number)))
    return [part[number] for number in found]


def furthest_back(instants: Sequence[datetime], spans: Sequence[Span]) -> frozenset[datetime]:
    """Return the cut before the load that reaches furthest behind earlier ones, if any does.

    There a watermark on that column loses rows if it does so with a run after each load, however
    far it looks back.
    """
    backs = {before: back for before, back in _backs(instants, spans) if back >= 0}
    return frozenset({max(backs, key=lambda before: backs[before])}) if backs else frozenset()


def ascends(instants: Sequence[datetime], spans: Sequence[Span]) -> bool:
    """Return whether most loads are above all earlier ones, as for an increasing key or time."""
    backs = [back for _, back in _backs(instants, spans)]
    return sum(back < 0 for back in backs) * 2 >= len(backs) > 0


def around(instants: Sequence[datetime], load: datetime) -> tuple[frozenset[datetime], ...]:
    """Return the cut before a load and the one at it: together they give it a step of its own."""
    number = bisect_left(instants, load)
    return frozenset(instants[number - 1 : number]), frozenset(instants[number : number + 1])


def same_day_again(instants: Sequence[datetime], spans: Sequence[Span]) -> frozenset[datetime]:
    """Return the cuts before loads with a row of a day, or of one before a day, seen already.

    The spans are in microseconds. There a watermark that is kept to the day loses rows.
    """
    days = [span and (span[0] // _DAY_US, span[1] // _DAY_US) for span in spans]
    return frozenset(before for before, back in _backs(instants, days) if back >= 0)


def soon_in_a_period(
    instants: Sequence[datetime], spans: Sequence[Span], unit: str, late: timedelta
) -> frozenset[datetime]:
    """Return the cuts by which a new week or month has rows, and after which the one before has more.

    The spans are in microseconds. More rows come if the record has them, and may come while a row
    that is `late` can be of the period before; the cuts are those with both, if there are any. There a
    watermark that is truncated to the period loses rows.
    """
    periods = [span and (_period(span[0], unit), _period(span[1], unit)) for span in spans]
    recorded = {before for before, back in _backs(instants, periods) if back > 0}
    late_us = late // timedelta(microseconds=1)
    allowed = set()
    seen: Span = None
    for instant, span in zip(instants[:-1], spans, strict=False):
        if span is not None:
            seen = span if seen is None else (min(seen[0], span[0]), max(seen[1], span[1]))
        if seen is not None:
            began = _start_of(_period(seen[1], unit), unit)
            if seen[0] < began and to_microseconds(instant) - late_us < began:
                allowed.add(instant)
    return frozenset(recorded & allowed or recorded or allowed)


def _period(microseconds: int, unit: str) -> int:
    """Return the number of the week or month that a time is in."""
    day = _clamped(microseconds // _DAY_US)
    if unit == "week":
        return (day - _FIRST_MONDAY) // 7
    local = date.fromordinal(_DAY_0 + day)
    return local.year * 12 + local.month - 1


def _start_of(period: int, unit: str) -> int:
    """Return the first microsecond of a week or month."""
    if unit == "week":
        return (period * 7 + _FIRST_MONDAY) * _DAY_US
    return (date(period // 12, period % 12 + 1, 1).toordinal() - _DAY_0) * _DAY_US


def _clamped(day: int) -> int:
    """Return the nearest day that Python knows; warehouses have others, too."""
    return max(date.min.toordinal() - _DAY_0, min(day, date.max.toordinal() - _DAY_0))


def _backs(instants: Sequence[datetime], spans: Sequence[Span]) -> Iterator[tuple[datetime, int]]:
    """Yield, for each load after the first, the previous load and how far it reaches back."""
    highest: int | None = None
    before: datetime | None = None
    for instant, span in zip(instants, spans, strict=True):
        if span is not None:
            if highest is not None and before is not None:
                yield before, highest - span[0]
            highest = span[1] if highest is None else max(highest, span[1])
        before = instant


def within(
    instants: Sequence[datetime], groups: Iterable[tuple[datetime, datetime]]
) -> frozenset[datetime]:
    """Return the cuts that separate a group of rows that arrived over several loads."""
    changes = [0] * (len(instants) + 1)
    for first, last in groups:
        changes[bisect_left(instants, first)] += 1
        changes[bisect_left(instants, last)] -= 1
    open_groups = accumulate(changes)
    return frozenset(at for at, count in zip(instants, open_groups, strict=False) if count)
