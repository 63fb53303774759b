# ruff: noqa: DTZ001 - instants are UTC without a zone, as in the tables
"""A range that is built again equals its full refresh, whatever happened to the sources unnoticed."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from grain_history import history
from grain_reference import Case, period
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_grain_table import (
    CASES,
    PHASES,
    SOURCES,
    TABLES,
    UNIT,
    Arrivals,
    Warehouse,
    arrivals,
    model,
)

EXAMPLES = int(os.environ.get("ENTITY_KIT_EXAMPLES", "0")) or 10
CHOSEN = ("day_plain", "day_bounded", "hour_sparse", "month")
RANGE = "{entity_kit_backfill: {from: '2001-02-03', to: '2001-02-05'}}"
EVERYTHING = (date(1900, 1, 1), date(2100, 1, 1))


@pytest.fixture(scope="module")
def warehouses(make_project: Any) -> dict[str, Warehouse]:
    project = make_project(
        {"sources.yml": SOURCES} | {f"{name}.sql": model(CASES[name]) for name in CHOSEN},
    )

    def compile_all(*flags: str) -> dict[str, str]:
        results = project.run("compile", *flags).results
        return {result.node.name: result.node.compiled_code for result in results}

    project.execute(TABLES.format(type="timestamp", loaded="timestamp"))
    first = compile_all("--full-refresh")
    project.run("run")
    again = compile_all("--vars", RANGE)
    whole = compile_all("--full-refresh", "--vars", RANGE, "--select", CHOSEN[0])
    assert whole == {CHOSEN[0]: first[CHOSEN[0]]}
    return {
        name: Warehouse(
            {"first": first[name], "incremental": again[name]}, name, "timestamp", "timestamp"
        )
        for name in CHOSEN
    }


@st.composite
def corrections(draw: Any, case: Case) -> tuple[Arrivals, Arrivals, tuple[date, date]]:
    """Draw what has arrived, the same with rows that changed without a new loaded time, and a range."""
    before = replace(draw(arrivals(case)), type="timestamp", loaded="timestamp", zone="UTC")

    def corrected(rows: list[dict[str, Any]], time: str) -> list[dict[str, Any]]:
        found = []
        for row in rows:
            what = draw(st.sampled_from(["keep", "keep", "drop", "move", "change"]))
            moved = {time: draw(st.sampled_from([other[time] for other in rows]))}
            changed = {"amount": 100, "plan": "other"}
            if what != "drop":
                found.append(row | {"move": moved, "change": changed}.get(what, {}))
        return found

    after = replace(
        before,
        events=corrected(before.events, "occurred_at"),
        log=corrected(before.log, "changed_at"),
    )
    times = [row["occurred_at"] for row in before.events if row["occurred_at"]]
    if not times or draw(st.integers(0, 4)) == 0:
        return before, after, EVERYTHING
    unit = timedelta(hours=UNIT[case.grain])
    start = (draw(st.sampled_from(times)) - draw(st.integers(0, 2)) * unit).date()
    return before, after, (start, start + timedelta(days=1) + draw(st.integers(0, 4)) * unit)


def show(warehouse: Warehouse, arrived: Arrivals, case: Case) -> None:
    last = len(arrived.steps) - 1
    warehouse.fill("events", arrived.visible(arrived.events, last))
    log = arrived.visible(arrived.log, last)
    versions = history(log, arrived.hard_deletes, overwrite=case.overwrite)
    warehouse.fill("history", versions)


def check(
    warehouse: Warehouse,
    case: Case,
    before: Arrivals,
    after: Arrivals,
    days: tuple[date, date],
) -> None:
    show(warehouse, before, case)
    warehouse.full_refresh()
    warehouse.begin()
    held = warehouse.rows(warehouse.target, [])

    show(warehouse, after, case)
    warehouse.full_refresh()
    expected = warehouse.rows("afresh", [])
    start, end = (str(day) for day in days)
    again = warehouse.sql["incremental"].replace("2001-02-03", start).replace("2001-02-05", end)
    warehouse.duckdb.execute(f"insert into made {again}")
    warehouse.put_in_place(shrinks=True)
    found = warehouse.rows(warehouse.target, [])

    columns = [row[0] for row in warehouse.duckdb.execute("describe afresh").fetchall()]
    where = columns.index("period_start")
    first, last = bounds(case, *days)

    def inside(rows: Counter[Any]) -> Counter[Any]:
        return Counter({row: n for row, n in rows.items() if first <= row[where] <= last})

    said = f"{days} of {before}, then {after}"
    assert inside(found) == inside(expected), said
    assert found - inside(found) <= (held | expected), said
    if days == EVERYTHING:
        assert found == expected, said


def bounds(case: Case, start: date, end: date) -> tuple[Any, Any]:
    """Return the first and last period of a range, whose days are those that the table shows."""
    midnight = datetime(end.year, end.month, end.day)
    shown = replace(case, timezone="UTC")
    return (
        period(datetime(start.year, start.month, start.day), shown),
        period(midnight - timedelta(microseconds=1), shown),
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", CHOSEN)
def test_a_range_equals_its_full_refresh(warehouses: dict[str, Warehouse], name: str) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=PHASES,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(corrections(CASES[name]))
    def examine(drawn: tuple[Arrivals, Arrivals, tuple[date, date]]) -> None:
        check(warehouses[name], CASES[name], *drawn)

    examine()


EVENTS = "create or replace table events (k integer, occurred_at timestamp, loaded_at timestamp, n integer)"
ROWS = """insert into events values
    (1, '2026-02-27 10:00', '2026-02-27 11:00', 1), (1, '2026-03-02 10:00', '2026-03-02 11:00', 2),
    (1, '2026-03-30 10:00', '2026-03-30 11:00', 4), (1, '2026-04-02 10:00', '2026-04-02 11:00', 8)"""
DAILY = """{{ entity_kit.grain_table('day', 'k', source('raw', 'events'), 'occurred_at', 'loaded_at', spine='sparse',
    measures=[{'name': 'n', 'calculation': var('formula', 'sum(n)')}]) }}"""
MARCH = "entity_kit_backfill: {from: 2026-03-01, to: 2026-04-01}"


@pytest.mark.slow
def test_dbt_builds_a_month_again_with_a_new_formula(make_project: Any) -> None:
    project = make_project({"sources.yml": SOURCES.replace(", {name: history}", "")})
    project.write({"models/daily.sql": DAILY})
    project.execute(EVENTS)
    project.execute(ROWS)
    project.run("run")

    # A row that is gone, and one that has come, without a later loaded time.
    project.execute("delete from events where n = 2")
    project.execute("insert into events values (2, '2026-03-05 10:00', '2026-03-05 11:00', 16)")
    project.run_bare("run", "--vars", f"{{formula: -sum(n), {MARCH}}}")
    rows = project.query("select k, cast(period_start as varchar), n from daily order by all")
    assert rows == [
        (1, "2026-02-27", 1),
        (1, "2026-03-30", -4),
        (1, "2026-04-02", -8),  # the last load is always read again
        (2, "2026-03-05", -16),
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("'2026-03'", "must be a mapping with from, to"),
        ("{start: '2026-03-01', to: '2026-04-01'}", 'got "start"'),
        ("{from: '2026-03-01'}", "Add to."),
        ("{from: '2026-02-30', to: '2026-04-01'}", "must be a date as YYYY-MM-DD"),
        ("{from: '2026-03-01 10:00', to: '2026-04-01'}", "must be a date as YYYY-MM-DD"),
        ("{from: '2026-04-01', to: '2026-04-01'}", "must be later than `from`, 2026-04-01"),
    ],
)
def test_wrong_ranges_are_refused(given: str, said: str, empty_project: Any) -> None:
    found = empty_project.refused(
        *("compile", "--inline", "{{ entity_kit._backfill('grain_table', 'day') }}"),
        *("--vars", f"{{entity_kit_backfill: {given}}}"),
    )
    assert found.startswith("grain_table: `the variable entity_kit_backfill")
    assert said in found
