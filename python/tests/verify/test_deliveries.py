"""What a delivery allows, compared with its definition: no dbt, only what the sources would show."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entity_kit.arrivals.deliveries import CATALOG, AlteredWorld, allowed, alter, schedule
from entity_kit.arrivals.schedules import RecordedWorld
from entity_kit.arrivals.sources import Delivery, Source, resolve
from entity_kit.warehouse import Connection, Relation, connect, rows

pytestmark = pytest.mark.slow

START = datetime(2024, 1, 1, tzinfo=timezone.utc)
INSTANTS = tuple(START + timedelta(days=day) for day in (1, 2, 60))
ALL = Delivery(timedelta(days=2), updates=True, deletes="hard", redelivers=True, split_batches=True)


@pytest.fixture
def connection():
    with connect() as opened:
        rows(opened, "set TimeZone = 'UTC'")
        rows(opened, f"attach ':memory:' as {CATALOG}")
        yield opened


def orders(
    connection: Connection, count: int, delivery: Delivery, *, view: bool = False, late: int = 300
) -> Source:
    """Rows every twenty minutes from the start, loaded up to `late` minutes later."""
    rows(
        connection,
        f"""
        create or replace table recorded as
        select i::integer as id, (i % 7)::integer as customer,
            case when i % 5 = 0 then null else 'v' || i % 11 end as note,
            timestamp '2024-01-01' + i * interval 20 minute as at,
            timestamp '2024-01-01' + i * interval 20 minute
                + (i * 37 % {late}) * interval 1 minute as loaded
        from range({count}) as numbers(i)
        """,
    )
    if view:
        rows(connection, "create or replace view shown as select * from recorded")
    origin = f'"memory"."main"."{"shown" if view else "recorded"}"'
    source = Source(
        "source.t.orders", "t.orders", Relation("memory", "main", "x"), origin, "loaded", "at",
        ("id",), delivery,
    )  # fmt: skip
    return resolve(connection, source)


def world() -> RecordedWorld:
    return RecordedWorld(INSTANTS, {"source.t.orders": False}, ZoneInfo("UTC"), START)


def shown(connection: Connection, at: RecordedWorld, source: Source, state: int) -> list[tuple]:
    return rows(
        connection, f'select id, customer, note, "at", loaded from ({at.view(source, state)})'
    )


def altered(connection: Connection, source: Source, kind: str, seed: int = 1) -> AlteredWorld:
    return alter(connection, world(), [source], kind, seed)


def strange(connection: Connection, source: Source, at: AlteredWorld) -> int:
    """Count the versions in the overlay."""
    return rows(connection, f"select count(*) from {at.overlays[source.unique_id].extra}")[0][0]


@pytest.mark.parametrize("view", [False, True])
def test_late_rows_come_within_their_time(connection, view) -> None:
    source = orders(connection, 250, Delivery(late_by=timedelta(days=2)), view=view)
    late = altered(connection, source, "late")
    assert strange(connection, source, late) > 10
    recorded = {row[0]: row for row in shown(connection, world(), source, 3)}
    seen: dict[int, int] = {}
    for state in (1, 2, 3):
        here = shown(connection, late, source, state)
        assert len({row[0] for row in here}) == len(here)
        for row in here:
            assert row[:4] == recorded[row[0]][:4]
            assert row[4] >= recorded[row[0]][4]
            assert row[4].replace(tzinfo=timezone.utc) <= INSTANTS[state - 1]
            if row[4] != recorded[row[0]][4]:
                assert row[4] <= row[3] + timedelta(days=2)
                seen.setdefault(row[0], state)
    assert len(shown(connection, late, source, 3)) == len(recorded)
    first = {row[0]: s for s in (3, 2, 1) for row in shown(connection, world(), source, s)}
    assert all(state > first[id_] for id_, state in seen.items())


def test_some_rows_stay_in_time_where_few_may_be_late(connection) -> None:
    """If all were late, the latest seen time would be earlier, and nothing would be late."""
    source = orders(connection, 250, Delivery(late_by=timedelta(hours=8)), late=20)
    recorded = shown(connection, world(), source, 3)
    may = {
        row[0]
        for row in recorded
        for instant in INSTANTS[:-1]
        if row[4] <= instant.replace(tzinfo=None) < row[3] + timedelta(hours=8)
    }
    late = shown(connection, altered(connection, source, "late"), source, 3)
    moved = set(recorded) - set(late)
    assert 0 < len(may) <= 50  # few: otherwise no more than so many are drawn
    assert 0 < len(moved) <= (len(may) + 1) // 2


def test_late_rows_come_behind_the_newest_row_of_their_step(connection) -> None:
    """Else a watermark that is kept to a period may not have reached the period that begins."""
    source = orders(connection, 300, Delivery(late_by=timedelta(days=2)), late=1)
    for seed in range(9):
        at = altered(connection, source, "late", seed)
        for state in (1, 2):
            recorded, left = (
                max(row[3] for row in shown(connection, each, source, state))
                for each in (world(), at)
            )
            assert left == recorded


def test_some_altered_rows_arrive_within_the_hour_of_a_run(connection) -> None:
    """There a watermark that is truncated to the hour, or to more, loses them."""
    source = orders(connection, 300, Delivery(updates=True))
    at = altered(connection, source, "updates")
    ends = {instant.replace(tzinfo=None) for instant in INSTANTS}
    versions = rows(connection, f"select loaded from {at.overlays[source.unique_id].extra}")
    soon = [
        loaded
        for (loaded,) in versions
        if any(timedelta(0) < loaded - e < timedelta(hours=1) for e in ends)
    ]
    recorded = [at for (at,) in rows(connection, "select loaded from recorded") if at in set(soon)]
    assert len(soon) - len(recorded) >= 3


@pytest.mark.parametrize(("kind", "more"), [("late", 2), ("redelivers", 1), ("updates", 0)])
def test_some_rows_arrive_alone_after_all_others(connection, kind, more) -> None:
    """What arrives with a late or repeated row may hide what a model does with it alone."""
    source = orders(connection, 250, ALL)
    instants = tuple(START + timedelta(hours=hours) for hours in (24, 60, 90))
    recorded = replace(world(), instants=instants)
    plain = alter(connection, recorded, [source], kind, 1)
    at = alter(connection, recorded, [source], kind, 1, alone=True)
    assert plain.instants == instants
    assert at.instants == (
        *instants,
        *(START + timedelta(hours=90 + 30 * n) for n in range(1, more + 1)),
    )
    everything = sorted(row[:4] for row in shown(connection, recorded, source, 3))
    before = shown(connection, at, source, 3)
    for number, (since, until) in enumerate(pairwise(at.instants[2:]), 4):
        here = shown(connection, at, source, number)
        came = set(here) - set(before)
        newest = max(row[3] for row in before)
        assert 5 <= len(came) <= 20
        assert set(before) < set(here)
        for row in came:
            assert since < row[4].replace(tzinfo=timezone.utc) <= until
            if kind == "late":
                assert row[3] < newest
                assert row[4] <= row[3] + timedelta(days=2)
        before = here
    if kind != "redelivers":
        assert sorted(row[:4] for row in before) == everything


def test_nothing_arrives_after_the_last_state_where_it_may_not(connection) -> None:
    """Rows are too old to be that late, the last state is the first one, or others arrive then."""
    source = orders(connection, 250, ALL)
    for instants in (INSTANTS, INSTANTS[:1], INSTANTS[:2]):
        recorded = replace(world(), instants=instants)
        late = alter(connection, recorded, [source], "late", 1, alone=True)
        assert late.instants == recorded.instants


def test_updates_end_as_recorded(connection) -> None:
    source = orders(connection, 250, Delivery(updates=True))
    restated = altered(connection, source, "updates")
    recorded = {row[0]: row for row in shown(connection, world(), source, 3)}
    earlier = Counter()
    for state in (1, 2, 3):
        for row in shown(connection, restated, source, state):
            original = recorded[row[0]]
            for name, one, other in zip(
                ("customer", "note", "at"), row[1:4], original[1:4], strict=False
            ):
                earlier[name] += one != other
            if row[1:4] != original[1:4]:
                assert row[4] == original[4], "an earlier version has the recorded loaded time"
    assert all(earlier[name] for name in ("customer", "note", "at")), "groups must move, too"
    final = shown(connection, restated, source, 3)
    assert sorted(row[:4] for row in final) == sorted(row[:4] for row in recorded.values())


def test_an_earlier_version_is_no_later_than_a_first_arrival_may_be(connection) -> None:
    source = orders(connection, 250, Delivery(updates=True), late=120)
    restated = altered(connection, source, "updates")
    extra = restated.overlays[source.unique_id].extra
    bounds = rows(connection, 'select min(loaded - "at"), max(loaded - "at") from recorded')[0]
    found = rows(
        connection,
        f'select min(loaded - "at"), max(loaded - "at") from {extra} where entity_kit_until is not null',
    )[0]
    assert bounds[0] <= found[0] <= found[1] <= bounds[1]


def test_deleted_rows_go_and_strangers_come_and_go(connection) -> None:
    source = orders(connection, 250, Delivery(deletes="hard"))
    deleting = altered(connection, source, "deletes")
    recorded = {row[0] for row in shown(connection, world(), source, 3)}
    ever = {row[0] for state in (1, 2, 3) for row in shown(connection, deleting, source, state)}
    final = {row[0] for row in shown(connection, deleting, source, 3)}
    assert final < recorded
    assert ever > recorded
    for state in (1, 2, 3):
        ids = [row[0] for row in shown(connection, deleting, source, state)]
        assert len(set(ids)) == len(ids)


def test_redelivered_rows_come_twice(connection) -> None:
    source = orders(connection, 250, Delivery(redelivers=True))
    again = altered(connection, source, "redelivers")
    counts = Counter(row[0] for row in shown(connection, again, source, 3))
    assert set(counts.values()) == {1, 2}
    copies = Counter(row[:4] for row in shown(connection, again, source, 3))
    assert sorted(copies.values()) == sorted(counts.values())


def test_split_batches_hold_a_part_of_the_last_batch_back(connection) -> None:
    source = orders(connection, 250, Delivery(split_batches=True))
    rows(connection, "update recorded set loaded = date_trunc('day', loaded) + interval 1 day")
    split = altered(connection, source, "split_batches")
    for state in (1, 2):
        before = set(shown(connection, world(), source, state))
        here = set(shown(connection, split, source, state))
        missing = before - here
        assert here < before
        assert len({row[4] for row in missing}) == 1
        assert {row[4] for row in missing} == {max(row[4] for row in before)}
        assert missing <= set(shown(connection, split, source, state + 1))
    assert set(shown(connection, split, source, 3)) == set(shown(connection, world(), source, 3))


def test_a_batch_of_one_row_is_not_split(connection) -> None:
    source = orders(connection, 250, Delivery(split_batches=True))
    rows(connection, "update recorded set loaded = loaded + to_microseconds(rowid)")
    split = altered(connection, source, "split_batches")
    assert split.altered[source.unique_id].rows == 0
    for state in (1, 2, 3):
        assert shown(connection, split, source, state) == shown(connection, world(), source, state)


def test_a_storm_splits_only_the_last_batch(connection) -> None:
    source = orders(connection, 2000, ALL)
    # A batch of one row can't be split.
    rows(connection, "update recorded set loaded = date_trunc('day', loaded) + interval 1 day")
    instants = tuple(START + timedelta(days=day) for day in (10, 20, 60))
    plain = replace(world(), instants=instants)
    recorded = [set(shown(connection, plain, source, state)) for state in (0, 1, 2, 3)]
    last = [max((row[4] for row in there), default=None) for there in recorded]
    held = 0
    for seed in range(12):
        storm = alter(connection, plain, [source], "storm", seed)
        for state in (1, 2):
            missing = recorded[state] - set(shown(connection, storm, source, state))
            back = missing & set(shown(connection, storm, source, state + 1))
            assert {row[4] for row in back} <= {last[state]}
            held += len(back)
    assert held


@pytest.mark.parametrize(
    ("event", "read"),
    [
        ("rate_date", {"rate_date"}),
        ("cast(Rate_Date as timestamp)", {"rate_date"}),
        ("try_strptime(\"on\" || rate_date, 'id rate')", {"on", "rate_date"}),
    ],
)
def test_an_event_time_reads_the_columns_that_it_names_and_no_others(connection, event, read):
    """`rate` isn't read because `rate_date` is; updates left such columns as they were."""
    rows(
        connection,
        """
        create or replace table recorded as
        select i::integer as id, i % 5 as rate, 'x' as on, timestamp '2024-01-01' as loaded,
            timestamp '2024-01-01' as rate_date
        from range(3) as numbers(i)
        """,
    )
    source = Source(
        "source.t.rates", "t.rates", Relation("memory", "main", "x"), '"memory"."main"."recorded"',
        "loaded", event, ("id",),
    )  # fmt: skip
    assert resolve(connection, source).event_columns == read


def test_an_event_time_in_the_row_key_stays(connection) -> None:
    source = orders(connection, 250, Delivery(updates=True))
    source = replace(source, row_key=("id", "at"))
    restated = altered(connection, source, "updates")
    recorded = {(row[0], row[3]) for row in shown(connection, world(), source, 3)}
    for state in (1, 2, 3):
        assert {(row[0], row[3]) for row in shown(connection, restated, source, state)} <= recorded


def test_the_seed_decides(connection) -> None:
    source = orders(connection, 250, ALL)
    draws = [
        [sorted(map(str, shown(connection, altered(connection, source, "storm", seed), source, s)))
         for s in (1, 2, 3)]
        for seed in (1, 1, 2)
    ]  # fmt: skip
    assert draws[0] == draws[1] != draws[2]


def test_only_altered_rows_are_copied(connection) -> None:
    source = orders(connection, 5000, ALL)
    storm = altered(connection, source, "storm")
    assert strange(connection, source, storm) < 2500


@settings(max_examples=40, deadline=None)
@given(count=st.integers(0, 60), seed=st.integers(0, 9), late=st.integers(1, 3000))
def test_any_storm_is_sound(count: int, seed: int, late: int) -> None:
    with connect() as connection:
        rows(connection, "set TimeZone = 'UTC'")
        rows(connection, f"attach ':memory:' as {CATALOG}")
        source = orders(connection, count, ALL, late=late)
        storm = altered(connection, source, "storm", seed)
        for state in (1, 2, 3):
            here = shown(connection, storm, source, state)
            assert max(Counter(row[0] for row in here).values(), default=0) <= 2
            for row in here:
                assert row[4].replace(tzinfo=timezone.utc) <= INSTANTS[state - 1]


def test_storm_runs_start_empty_miss_one_and_repeat_one() -> None:
    assert schedule("storm", 5).runs == {0: 1, 1: 1, 2: 2, 3: 1, 5: 1}
    assert schedule("storm", 1).runs == {0: 1, 1: 2}
    assert schedule("late", 3).runs == {1: 1, 2: 1, 3: 1}


def test_only_what_is_declared_is_allowed(connection) -> None:
    assert allowed([orders(connection, 1, Delivery())]) == ()
    assert allowed([orders(connection, 1, Delivery(updates=True))]) == ("updates", "storm")
    assert len(allowed([orders(connection, 1, ALL)])) == 6
