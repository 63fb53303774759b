"""Where a timeline is cut: properties of the cut, and which mistakes it shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from loads import (
    MISTAKES,
    START,
    Row,
    arrivals,
    at,
    counts_of,
    month,
    replaying,
    telling_of,
    week,
)

from entity_kit.arrivals.pace import (
    DEFAULT_STEPS,
    MOST_STEPS,
    Pace,
    parse_pace,
    place_steps,
    too_few,
)
from entity_kit.arrivals.sources import Source
from entity_kit.arrivals.sources import arrivals as measure
from entity_kit.arrivals.telling import behind, telling
from entity_kit.arrivals.timeline import LONG_PERIODS, around, cut, every, soon_in_a_period
from entity_kit.warehouse import Relation

# How many rows came in which hour, by source.
COUNTS = st.dictionaries(st.integers(0, 200), st.integers(1, 1000), min_size=1, max_size=30)
SOURCES = st.lists(COUNTS, min_size=1, max_size=5)


def cut_hours(sources, steps, telling=()):
    measured = [arrivals(counts) for counts in sources]
    kinds = [frozenset(map(at, kind)) for kind in telling]
    measured[0] = arrivals(sources[0], kinds)
    return [(instant - START) // timedelta(hours=1) for instant in cut(measured, steps)]


@given(SOURCES, st.integers(1, 40), st.lists(st.sets(st.integers(0, 200), max_size=5), max_size=6))
@settings(max_examples=60, deadline=None)
def test_there_are_as_many_steps_as_were_asked_for_wherever_there_are_so_many_loads(
    sources, steps, telling
):
    hours = cut_hours(sources, steps, telling)
    loads = {hour for counts in sources for hour in counts}
    assert len(hours) == min(steps, len(loads))
    # At loaded times only: so rows of one loaded time never fall into two steps.
    assert set(hours) <= loads
    assert hours == sorted(set(hours))
    assert hours[-1] == max(loads)
    assert hours == cut_hours(sources, steps, telling)


@given(SOURCES, st.integers(2, 40))
@settings(max_examples=60, deadline=None)
def test_first_loads_stand_by_themselves_in_half_of_the_steps(sources, steps):
    hours = cut_hours(sources, steps)
    # Sources that begin in the first even part begin together, when the last of them does.
    start = hours[0]
    firsts = {max(min(counts), start) for counts in sources}
    if len(firsts) <= steps // 2:
        assert firsts <= set(hours)
    if steps >= 2 * len(sources):
        # Of each source that came more than once, something arrives in a later step than its first.
        for counts in sources:
            first, *others = sorted(counts)
            assert not others or start >= others[0] or any(first <= h < others[0] for h in hours)
    alone = cut_hours(sources[:1], steps)
    assert alone[0] == min(sources[0])


@given(COUNTS, st.integers(2, 12))
@settings(deadline=None)
def test_what_comes_after_the_first_load_is_parted_as_evenly_as_its_loads_allow(counts, steps):
    hours = cut_hours([counts], steps)
    rows, loads = sum(counts.values()), len(counts)
    shares = {hour: count / rows / 2 + 1 / loads / 2 for hour, count in counts.items()}
    rest = sum(shares.values()) - shares[min(counts)]
    for after, until in pairwise(hours):
        piece = sum(share for hour, share in shares.items() if after < hour <= until)
        assert 0 < piece <= rest / (steps - 1) + max(shares.values()) + 1e-9


@given(COUNTS, COUNTS, st.integers(2, 50), st.integers(1, 12))
@settings(deadline=None)
def test_each_source_counts_the_same_however_many_rows_it_has(one, other, times, steps):
    larger = {hour: count * times for hour, count in other.items()}
    few = [at(hour) for hour in cut_hours([one, other], steps)]
    assert len(few) == len(cut_hours([one, larger], steps))
    # One load more or less, where rounding moves a cut that lies exactly on a boundary.
    loads = sorted({*map(at, one), *map(at, other)})
    moved = [at(hour) for hour in cut_hours([one, larger], steps)]
    assert all(abs(loads.index(a) - loads.index(b)) <= 1 for a, b in zip(few, moved, strict=True))


def test_a_backfill_and_small_loads_after_it():
    counts = {0: 1000, **{24 * day: 3 for day in range(1, 11)}}
    assert cut_hours([counts], 11) == [24 * day for day in range(11)]
    assert cut_hours([counts], 5) == [0, 72, 120, 192, 240]
    assert cut_hours([counts], 3) == [0, 120, 240]
    assert cut_hours([counts], 2) == [0, 240]
    assert cut_hours([counts], 1) == [240]
    assert cut_hours([{0: 3, 1: 1000}], 5) == [0, 1]


def test_sources_that_load_one_after_the_other_share_the_step_that_parts_their_firsts():
    # Eight sources, each every day at an hour of its own: no step for each of them.
    sources = [{day * 24 + hour: 5 for day in range(10)} for hour in range(8)]
    hours = cut_hours(sources, 5)
    assert hours[0] == 7
    assert [hour // 24 for hour in hours] == [0, 3, 5, 7, 9]


def test_a_source_that_began_long_before_does_not_leave_the_others_empty():
    old = dict.fromkeys(range(100), 1)
    others = [dict.fromkeys(range(1000 + start, 1200, 24), 5) for start in range(4)]
    hours = cut_hours([old, *others], 3)
    assert hours[0] == 1003
    assert cut_hours([old, *others], 5)[:2] == [0, 1003]


def test_one_of_each_telling_set_is_chosen_those_that_tell_most_first():
    counts = dict.fromkeys(range(50), 1)
    assert {13, 37} <= set(cut_hours([counts], 6, [{13}, {37}]))
    assert 20 in cut_hours([counts], 5, [{13, 20}, {20, 37}])
    assert 13 in cut_hours([counts], 5, [{13}, {37}])
    # What isn't recorded can't be cut at; what is cut already takes no step.
    assert cut_hours([counts], 4, [{99}, {0, 30}]) == cut_hours([counts], 4)


def test_more_steps_than_asked_only_where_the_record_tells_of_more():
    counts = dict.fromkeys(range(50), 1)
    kinds = [frozenset({at(hour)}) for hour in (5, 10, 15, 20, 25, 30, 35, 40, 45)]
    assert len(cut([arrivals(counts, kinds)], 5)) == 5
    assert len(cut([arrivals(counts, kinds)], 5, 10)) == 10
    # The first and the last two loads, five that tell, and two that part the rest evenly.
    assert len(cut([arrivals(counts, kinds[:5])], 5, 10)) == 10
    assert len(cut([arrivals(counts)], 5, 10)) == 5


def test_by_default_the_last_load_has_a_step_of_its_own():
    counts = dict.fromkeys(range(50), 1)
    assert cut([arrivals(counts)], 5, 10)[-2:] == (at(48), at(49))
    assert cut([arrivals(counts)], 5)[-2] < at(48)


def test_a_step_ends_right_before_a_load_that_changes_what_was_joined_before():
    facts, changes = dict.fromkeys(range(50), 1), {0: 3, 17: 1, 33: 1}
    slow = replace(arrivals(changes), behind=frozenset({at(33)}))
    assert at(32) in cut([arrivals(facts), slow], 5)
    assert at(32) not in cut([arrivals(facts), arrivals(changes)], 5)
    # Where all load together, a cut before one of them is like any other.
    often = replace(arrivals(facts), behind=frozenset({at(33)}))
    assert cut([arrivals(facts), often], 5) == cut([arrivals(facts), arrivals(facts)], 5)


def test_rare_loads_have_steps_beyond_the_most():
    facts = dict.fromkeys(range(50), 1)
    kinds = [frozenset({at(hour)}) for hour in range(5, 35, 3)]
    changes = {0: 3, 37: 1, 40: 1, 42: 1, 44: 1}
    slow = [replace(arrivals(changes), behind=frozenset({at(h)})) for h in (37, 40, 42, 44)]
    found = cut([arrivals(facts, kinds), *slow], 5, 10)
    assert len(found) == 13
    assert len({at(36), at(39), at(41), at(43)} & set(found)) == 3
    assert len(cut([arrivals(facts, kinds), *slow], 10)) == 10


def test_the_loads_whose_times_lie_far_back():
    with duckdb.connect() as connection:
        connection.execute(
            """
            create table prices as
            select *, 'x' as name from (values
                (timestamp '2024-01-01', date '2023-01-01'),
                (timestamp '2024-01-05', date '2024-01-06'),
                (timestamp '2024-01-09', date '2024-01-03'),
                (timestamp '2024-01-20', date '2024-01-18')
            ) rows (loaded_at, valid_from)
            """
        )
        source = Source(
            "prices", "prices", Relation("memory", "main", "prices"), "prices", "loaded_at",
            loaded_column="loaded_at",
        )  # fmt: skip
        measured = measure(connection, source, datetime(2025, 1, 1, tzinfo=timezone.utc))
        assert behind(connection, source, measured) == {measured.instants[2]}
        # Without a time in the past, any load after the first.
        connection.execute("alter table prices drop valid_from")
        assert behind(connection, source, measured) == set(measured.instants[1:])


def test_the_cuts_around_a_load():
    instants = [at(hour) for hour in (1, 2, 5)]
    assert around(instants, at(2)) == (frozenset({at(1)}), frozenset({at(2)}))


# Loads of any size and rhythm, whose rows happened some hours, days or weeks before. Ids are given out
# as rows happen, or arrive, or anyhow.
@st.composite
def records(draw):
    gaps = draw(st.lists(st.sampled_from([1, 5, 24, 24, 30, 168, 700]), min_size=1, max_size=9))
    hours = [sum(gaps[:number]) for number in range(len(gaps) + 1)]
    found = []
    for number, hour in enumerate(hours):
        size = draw(st.sampled_from([1, 1, 2, 3] if number else [1, 5, 20]))
        for _ in range(size):
            late = draw(st.sampled_from([0, 0, 0, 0, 2, 20, 26, 80, 500]))
            key = draw(st.integers(0, draw(st.sampled_from([2, 200]))))
            found.append(Row(0, key, hour - late, hour))
    order = draw(st.sampled_from(["arrival", "event", "any"]))
    numbers = list(range(len(found)))
    if order == "event":
        numbers.sort(key=lambda number: (found[number].event, number))
    elif order == "any":
        numbers = draw(st.permutations(numbers))
    ids = {number: identity for identity, number in enumerate(numbers)}
    return [Row(ids[n], row.key, row.event, row.loaded) for n, row in enumerate(found)]


# One row of January comes after rows of February, and another row is further behind.
ACROSS_A_MONTH = [
    (0, 0),
    (-19, 1),
    (2, 2),
    (26, 26),
    (50, 50),
    (31, 51),
    *((h, h) for h in range(52, 56)),
]


@given(records())
@example([Row(n, 0, event, loaded) for n, (event, loaded) in enumerate(ACROSS_A_MONTH)])
@settings(max_examples=60, deadline=None)
def test_what_a_run_after_each_load_shows_the_default_shows(rows):
    """For the mistakes of the corpus, whatever the sizes of the loads."""
    measured = arrivals(counts_of(rows), telling_of(rows))
    instants = cut([measured], DEFAULT_STEPS, MOST_STEPS)
    cuts = [(instant - START) // timedelta(hours=1) for instant in instants]
    loads = sorted({row.loaded for row in rows})
    wrong = {name for name, build in MISTAKES.items() if not replaying(build, rows, loads)}
    assert {name for name in wrong if replaying(MISTAKES[name], rows, cuts)} == set()


@given(records(), st.sampled_from(["week", "month"]), st.integers(1, 200))
@settings(max_examples=60, deadline=None)
def test_a_cut_soon_in_a_week_or_month_is_chosen_where_late_rows_may_cross_it(rows, unit, late):
    """A row of the period before may come after the cut, no more than `late` hours after it happened."""
    period = {"week": week, "month": month}[unit]
    hours = sorted({row.loaded for row in rows})
    recorded, allowed = set(), set()
    for before, after in pairwise(hours):
        latest = max(period(row.event) for row in rows if row.loaded <= before)
        if min(period(row.event) for row in rows if row.loaded == after) < latest:
            recorded.add(at(before))
        older = any(period(row.event) < latest for row in rows if row.loaded <= before)
        # In some half hour of the period before, a row can happen that comes after the cut.
        if older and any(period(before - back + 0.5) < latest for back in range(late + 1)):
            allowed.add(at(before))
    spans = [
        (min(events), max(events))
        for hour in hours
        for events in [[micros(row.event) for row in rows if row.loaded == hour]]
    ]
    found = soon_in_a_period([at(h) for h in hours], spans, unit, timedelta(hours=late))
    assert found == (recorded & allowed or recorded or allowed)


def micros(hour):
    return (at(hour) - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(microseconds=1)


def test_times_that_python_does_not_know_only_move_steps():
    wild = [(-(10**19), 0), (0, 10**19), (0, 10**18)]
    instants = [at(hour) for hour in range(3)]
    for unit in LONG_PERIODS:
        assert soon_in_a_period(instants, wild, unit, timedelta(days=10**6)) <= set(instants)


@given(records())
@settings(max_examples=10, deadline=None)
def test_what_tells_is_read_from_the_rows(rows):
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(
            "create table t (id integer, key integer, happened timestamp, arrived timestamptz)"
        )
        connection.executemany(
            "insert into t values (?, ?, ?, ?)",
            [(r.id, r.key, at(r.event).replace(tzinfo=None), at(r.loaded)) for r in rows],
        )
        source = Source(
            "t", "t", Relation("memory", "main", "t"), "t", "arrived", "happened", ("id",),
            loaded_column="arrived", event_column="happened",
        )  # fmt: skip
        measured = measure(connection, source, datetime(2030, 1, 1, tzinfo=timezone.utc))
        found = telling(connection, source, measured, [("KEY",), ("no", "such")])
    assert measured.instants == arrivals(counts_of(rows)).instants
    assert measured.weights == arrivals(counts_of(rows)).weights
    if len(measured.instants) > 2:
        # A column that grows by chance may be among them too.
        assert telling_of(rows) <= set(found)


def test_a_load_with_older_rows_of_a_key_is_found_whatever_columns_are_called():
    """Of key 1, the third load has only a row from before; of the others, newer ones came, too."""
    happened = {1: [[1], [5], [3], [9]], 2: [[1], [2, 8], [4, 9], [10]], None: [[4], [3], [2], [1]]}
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(
            'create table t (loaded integer, "key_0" varchar, latest timestamp, arrived timestamptz)'
        )
        for key, loads in happened.items():
            for load, hours in enumerate(loads):
                for hour in hours:
                    connection.execute(
                        "insert into t values (?, 'one', ?, ?)",
                        [key, at(hour).replace(tzinfo=None), at(20 + load)],
                    )
        source = Source(
            "t", "t", Relation("memory", "main", "t"), "t", "arrived", "latest", (),
            loaded_column="arrived", event_column="latest",
        )  # fmt: skip
        measured = measure(connection, source, datetime(2030, 1, 1, tzinfo=timezone.utc))
        for key in (("loaded",), ("KEY_0", "loaded")):
            found = telling(connection, source, measured, [key])
            assert {frozenset({at(21)}), frozenset({at(22)})} <= set(found)


def test_the_first_and_the_last_load_are_kept_of_very_many():
    with duckdb.connect() as connection:
        connection.execute(
            "create table t as select i, timestamptz '2024-01-01 00:00+00' + to_seconds(i) as arrived "
            "from range(50_000) t(i)"
        )
        source = Source("t", "t", Relation("memory", "main", "t"), "t", "arrived")
        measured = measure(connection, source, datetime(2030, 1, 1, tzinfo=timezone.utc))
        connection.execute("delete from t where i >= 9_000")
        small = measure(connection, source, datetime(2030, 1, 1, tzinfo=timezone.utc))
    first = datetime(2024, 1, 1, tzinfo=timezone.utc)
    assert (measured.instants[0], measured.instants[-1]) == (
        first,
        first + timedelta(seconds=49_999),
    )
    assert not measured.whole
    assert 5_000 < len(measured.instants) < 25_000
    assert cut([measured], 5)[0] == first
    # Of fewer none is left out.
    assert small.whole
    assert len(small.instants) == 9_000
    with pytest.raises(Exception, match="too many for a run after each one"):
        place_steps(Pace(None), [measured], ZoneInfo("UTC"), idle=False)


def test_a_run_a_day_or_an_hour():
    zone = ZoneInfo("America/New_York")
    # 30 January, 19:00, 20:00 and 00:00 there; then the first of February, 01:00.
    measured = [arrivals({0: 1, 5: 2}), arrivals({1: 1, 54: 1})]
    days = [datetime(2024, 1, day, 5, tzinfo=timezone.utc) for day in (30, 31)]
    days += [datetime(2024, 2, 2, 5, tzinfo=timezone.utc)]
    assert every(measured, "day", zone, idle=False) == tuple(days[:1] + days[2:])
    between = [
        datetime(2024, 1, 31, 5, tzinfo=timezone.utc),
        datetime(2024, 2, 1, 5, tzinfo=timezone.utc),
    ]
    assert every(measured, "day", zone, idle=True) == (days[0], *between, days[2])
    assert every(measured, "hour", zone, idle=False) == tuple(map(at, (0, 1, 5, 54)))
    assert len(every(measured, "hour", zone, idle=True)) == 55
    assert every([], "day", zone, idle=True) == ()
    # The night in which clocks change has 23 hours.
    spring = [arrivals({40 * 24: 1, 41 * 24: 1})]
    found = every(spring, "day", zone, idle=True)
    assert [instant.astimezone(zone).hour for instant in found] == [0, 0]
    assert found[1] - found[0] == timedelta(hours=23)


def test_how_many_steps_there_are_instead():
    assert too_few(Pace(5), [at(0)] * 5) is None
    assert too_few(Pace(None), [at(0)]) is None
    assert too_few(Pace(5), [at(0), at(1)]) == (
        "2 steps instead of 5: the rows of the declared sources have only 2 different loaded times."
    )
    assert too_few(parse_pace(), [at(0)]) == (
        "1 step instead of 5: the rows of the declared sources have only 1 different loaded time."
    )
