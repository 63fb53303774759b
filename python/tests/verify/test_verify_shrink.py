"""Shrinking, and case files, without dbt."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entity_kit.arrivals import cases
from entity_kit.arrivals.case_rows import (
    DrawnWorld,
    ranges,
    read_back,
    refine,
    write_case,
    write_out,
)
from entity_kit.arrivals.deliveries import CATALOG, alter
from entity_kit.arrivals.schedules import RecordedWorld
from entity_kit.arrivals.sources import Arrivals, Delivery, Source, resolve
from entity_kit.errors import EntityKitError
from entity_kit.verify.search.shrink import Candidate, Shrinker, SpentError
from entity_kit.verify.search.variation import vary
from entity_kit.warehouse import Relation, connect, rows

pytestmark = pytest.mark.slow

START = datetime(2024, 1, 1, tzinfo=timezone.utc)
DAYS = tuple(START + timedelta(days=day) for day in (1, 2, 3, 4))


@given(
    st.sets(st.tuples(st.sampled_from("ab"), st.integers(1, 60)), min_size=1, max_size=4),
    st.sampled_from([(1, 4), (0, 4), (1, 2, 4), (2, 4)]),
)
def test_what_is_needed_is_all_that_is_left(needed, states):
    units = tuple((name, unit) for name in "ab" for unit in range(1, 61))
    start = Candidate({0: 1, 1: 2, 2: 1, 3: 1, 4: 2}, units)

    def fails(candidate):
        return needed <= set(candidate.units) and set(states) <= set(candidate.runs)

    shrinker = Shrinker(start, fails)
    shrinker.shrink()
    assert set(shrinker.best.units) == needed
    assert shrinker.best.runs == dict.fromkeys(states, 1)


def test_few_attempts_for_many_rows():
    attempts = []

    def fails(candidate):
        attempts.append(candidate)
        return {3_000, 7_001} <= {unit for _, unit in candidate.units}

    units = tuple(("a", unit) for unit in range(1, 10_001))
    shrinker = Shrinker(Candidate({1: 1, 2: 1}, units), fails)
    shrinker.shrink()
    assert shrinker.best.units == (("a", 3_000), ("a", 7_001))
    assert len(attempts) < 80


def test_a_guess_saves_the_search():
    attempts = []

    def fails(candidate):
        attempts.append(candidate)
        return {5, 6} <= {unit for _, unit in candidate.units}

    units = tuple(("a", unit) for unit in range(1, 10_001))
    shrinker = Shrinker(Candidate({1: 1, 2: 1}, units), fails)
    shrinker.shrink([[("a", 9)], [("a", 5), ("a", 6), ("a", 7)]])
    assert shrinker.best.units == (("a", 5), ("a", 6))
    assert len(attempts) < 15


@pytest.mark.parametrize("stop", [SpentError, KeyboardInterrupt])
def test_the_best_so_far_stays_when_it_is_stopped(stop):
    attempts = []

    def fails(candidate):
        attempts.append(candidate)
        if len(attempts) > 6:
            raise stop
        return ("a", 1) in candidate.units

    units = tuple(("a", unit) for unit in range(1, 1_000))
    shrinker = Shrinker(Candidate({1: 1, 2: 1}, units), fails)
    if stop is SpentError:
        shrinker.shrink()
    else:
        with pytest.raises(KeyboardInterrupt):
            shrinker.shrink()
    assert ("a", 1) in shrinker.best.units
    assert len(shrinker.best.units) < 500


@given(st.sets(st.integers(0, 50)))
def test_ranges_hold_what_they_were_made_of(units):
    assert {n for a, b in ranges(sorted(units)) for n in range(a, b + 1)} == units
    assert all(b + 1 < c for (_, b), (c, _) in zip(ranges(units), ranges(units)[1:], strict=False))


ODD = {
    "from": ("VARCHAR", "'it''s \"q\" \\ \n {x}'"),
    "number": ("DECIMAL(18,3)", "1.500"),
    "huge": ("HUGEINT", "170141183460469231731687303715884105727"),
    "real": ("DOUBLE", "0.1::double + 0.2::double"),
    "day": ("DATE", "date '2024-02-29'"),
    "moment": ("TIMESTAMP WITH TIME ZONE", "timestamptz '2024-01-01 12:00:00.123456+03'"),
    "bytes": ("BLOB", "'\\x00\\xFF'::blob"),
    "flag": ("BOOLEAN", "true"),
    "list": ("VARCHAR[]", "['a, b', null, '']"),
    "struct": ("STRUCT(a INTEGER, b VARCHAR)", "{'a': 1, 'b': 'x'}"),
    "nothing": ("INTEGER", "null"),
    "empty": ("VARCHAR", "''"),
}


@pytest.fixture
def connection():
    with connect() as opened:
        rows(opened, "set TimeZone = 'UTC'")
        rows(opened, f"attach ':memory:' as {CATALOG}")
        rows(opened, f"create schema {CATALOG}.c")
        yield opened


def orders(connection, delivery=Delivery(), *, row_key=("id",), extra=""):  # noqa: B008
    rows(
        connection,
        f"""
        create or replace table recorded as
        select i::integer as id, 'v' || i as note{extra},
            timestamp '2024-01-01' + i * interval 1 hour as at,
            timestamp '2024-01-01' + i * interval 1 hour as loaded
        from range(90) as numbers(i)
        """,
    )
    source = Source(
        "source.t.orders", "t.orders", Relation("memory", "main", "x"),
        '"memory"."main"."recorded"', "loaded", "at", row_key, delivery,
    )  # fmt: skip
    return resolve(connection, source)


def world(instants=DAYS):
    return RecordedWorld(instants, {"source.t.orders": False}, ZoneInfo("UTC"), START)


def shown(connection, at, source, state):
    return sorted(rows(connection, f"select columns(*)::varchar from ({at.view(source, state)})"))


@pytest.mark.parametrize("kind", ["arrival", "updates", "deletes", "redelivers", "storm"])
def test_what_is_written_out_shows_as_the_world_did(connection, kind):
    delivery = Delivery(
        timedelta(days=2), updates=True, deletes="hard", redelivers=True, split_batches=True
    )
    source = orders(connection, delivery)
    told = world() if kind == "arrival" else alter(connection, world(), [source], kind, 1)
    count = write_out(connection, told, source, f"{CATALOG}.c.t", 4)
    drawn = DrawnWorld(DAYS, START, {source.unique_id: f"{CATALOG}.c.t"}, {})
    for state in range(5):
        assert shown(connection, drawn, source, state) == shown(connection, told, source, state)
    # Strangers have keys of their own; else each recorded row is one unit.
    assert count >= 90 if kind in {"deletes", "storm"} else count == 90
    # And as a case, through its file.
    table = read_back(connection, drawn, source, dict.fromkeys(range(1, 5), 1))
    case = make_case(tables=(table,), clocks=DAYS)
    back = write_case(connection, from_text(cases.dump(case)), f"{CATALOG}.replayed")
    for state in range(5):
        assert shown(connection, back, source, state) == shown(connection, told, source, state)


@pytest.mark.parametrize("most", [1, 7, 90, 1000])
def test_neighbours_share_a_unit_where_there_are_too_many(connection, most):
    source = orders(connection)
    count = write_out(connection, world(), source, f"{CATALOG}.c.t", 4, most)
    assert count <= most
    kept = ranges(range(1, count + 1, 2))
    drawn = DrawnWorld(DAYS, START, {source.unique_id: f"{CATALOG}.c.t"}, {source.unique_id: kept})
    before = shown(connection, drawn, source, 4)
    finer = refine(connection, drawn, source.unique_id)
    assert finer == len(before)
    again = replace(drawn, kept={source.unique_id: ((1, finer),)})
    assert shown(connection, again, source, 4) == before
    one = replace(drawn, kept={source.unique_id: ((2, 2),)} if finer > 1 else {})
    assert (
        shown(connection, one, source, 4)
        == sorted(before, key=lambda row: int(row[0]))[finer > 1 :][:1]
    )


def test_steps_without_a_run_are_left_out_of_a_case(connection):
    source = orders(connection, Delivery(updates=True))
    told = alter(connection, world(), [source], "updates", 1)
    write_out(connection, told, source, f"{CATALOG}.c.t", 4)
    drawn = DrawnWorld(DAYS, START, {source.unique_id: f"{CATALOG}.c.t"}, {})
    table = read_back(connection, drawn, source, {0: 1, 2: 1, 4: 1})
    case = make_case(tables=(table,), clocks=(DAYS[1], DAYS[3]), runs={0: 1, 1: 1, 2: 1})
    back = write_case(connection, case, f"{CATALOG}.replayed")
    assert shown(connection, back, source, 1) == shown(connection, told, source, 2)
    assert shown(connection, back, source, 2) == shown(connection, told, source, 4)


def test_a_case_keeps_every_type(connection, tmp_path):
    extra = "".join(f', {sql}::{kind} as "{name}"' for name, (kind, sql) in ODD.items())
    source = orders(connection, row_key=(), extra=extra)
    write_out(connection, world(), source, f"{CATALOG}.c.t", 4)
    drawn = DrawnWorld(
        DAYS, START, {source.unique_id: f"{CATALOG}.c.t"}, {source.unique_id: ((7, 7),)}
    )
    table = read_back(connection, drawn, source, {1: 1, 4: 1})
    case = make_case(tables=(table,))
    file = tmp_path / "case.json"
    file.write_text(cases.dump(case), encoding="utf-8")
    assert cases.load(file) == case
    back = write_case(connection, cases.load(file), f"{CATALOG}.replayed")
    assert rows(connection, f"select * from ({drawn.view(source, 4)})") == rows(
        connection, f"select * from ({back.view(source, 2)})"
    )


def make_case(**options):
    return cases.Case(
        **{
            "model": "fct",
            "unique_id": "model.shop.fct",
            "clocks": DAYS[:2],
            "first": START,
            "runs": {1: 1, 2: 2},
            "tables": (),
            **options,
        }
    )


def from_text(text):
    return cases._from_json(json.loads(text))


def test_a_case_is_named_by_what_it_says():
    case = make_case(model="fct.v2")
    assert case.file_name.startswith("fct.v2-")
    assert case.file_name == replace(case, tried=7).file_name
    assert case.file_name != replace(case, runs={1: 1, 2: 1}).file_name
    assert "/" not in make_case(model="../x y").file_name


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "isn't a case: JSONDecodeError"),
        ("[]", "isn't a case: TypeError"),
        ('{"version": 2}', "unknown version 2"),
        ('{"version": 1, "steps": []}', "the steps must be numbered from 1"),
        (cases.dump(make_case()).replace('"step": 1', '"step": 3'), "numbered from 1"),
    ],
)
def test_a_file_that_holds_no_case(tmp_path, text, message):
    file = tmp_path / "case.json"
    file.write_text(text)
    with pytest.raises(EntityKitError, match=message):
        cases.load(file)
    with pytest.raises(EntityKitError, match="can't be read: No such file"):
        cases.load(tmp_path / "other.json")


@given(st.text(max_size=5), st.integers(1, 6), st.sets(st.sampled_from(["late", "updates"])))
def test_an_example_is_drawn_within_its_bounds(seed, steps, kinds):
    times = tuple(START + timedelta(hours=hour) for hour in range(50))
    recorded = world((times[20], times[49]))
    measured = [Arrivals(50, 0, 0, times[0], times[49], times, (1,) * 50, zoned=False)]
    drawn = vary(recorded, measured, sorted(kinds), steps, seed)
    assert drawn == vary(recorded, measured, sorted(kinds), steps, seed)
    last = len(drawn.world.instants)
    assert 2 <= last <= max(steps, 2)
    assert list(drawn.world.instants) == sorted(set(drawn.world.instants) & set(times))
    assert drawn.world.instants[-1] == times[49]
    assert {1, last} <= set(drawn.runs) <= set(range(last + 1))
    assert set(drawn.kinds) <= kinds
    assert bool(drawn.kinds) == bool(kinds)
