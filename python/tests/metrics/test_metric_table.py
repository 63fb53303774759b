"""`metric_table`: incremental runs equal full refreshes, and both equal a plain-Python reference.

dbt compiles each table once as a first run and once as an incremental one. Generated rows then run
that SQL, with the statements that dbt's `delete+insert` puts around it, in one DuckDB.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from metrics_project import (
    MODELS,
    PROPERTIES,
    SOURCES,
    SPINE,
    TABLES,
    TABLES_OF_METRICS,
    model,
    tables,
)
from reference import (
    CUMULATIVE,
    DAYS,
    balances,
    change_since,
    conversions,
    days_before,
    month_before,
    month_of,
    spined_done,
)
from rows import as_multiset, rows_of

EXAMPLES = int(os.environ.get("ENTITY_KIT_EXAMPLES", "0")) or 12
EPOCH = datetime(2024, 1, 1)  # noqa: DTZ001 - UTC without a zone, as in the tables

NAMES = [
    "few_by_day",
    "few_by_month",
    "tiers_by_day",
    "shifted_few",
    "points_few",
    "balances_few",
    "spined_few",
    "conversions_few",
    "regions_few",
]
# Compiled for tests of their own.
OTHERS = ["points_alone", "shifted_by_month", "of_done", "in_berlin"]
OF_DONE = model(["done_orders"], "month", [])
IN_BERLIN = model(["revenue", "recent"], "month", [], ", timezone='Europe/Berlin'")

# Whose ranges are built again.
AGAIN = ["few_by_month", "shifted_few"]
NEWEST = EPOCH + timedelta(days=200)
RANGE = "{from: '2001-02-03', to: '2001-02-05'}"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def compiled(make_project):
    """Return the SQL of each table, of a first run and of later ones."""
    project = make_project(MODELS | tables() | {"in_berlin.sql": IN_BERLIN, "of_done.sql": OF_DONE})
    project.write({"models/metrics.yml": PROPERTIES, "models/sources.yml": SOURCES})
    project.execute(TABLES.format(schema="raw"))
    project.run("run", "--select", *(f"+{name}" for name in [*NAMES, *OTHERS]))
    first = project.compiled_all([*NAMES, *OTHERS], full_refresh=True)
    later = project.compiled_all([*NAMES, *OTHERS])
    words = ("--select", *AGAIN, "--vars", f"{{entity_kit_backfill: {RANGE}}}")
    again = {
        result.node.name: str(result.node.compiled_code)
        for result in project.run("compile", *words).results
    }
    return {
        name: (first[name], later[name], *([again[name]] if name in again else []))
        for name in first
    }


@pytest.fixture(scope="module")
def warehouse():
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as warehouse; use warehouse; set threads = 1")
        yield connection


def times(*, null=True):
    """Return instants on and around the borders of days, weeks, months, and a year."""
    days = st.sampled_from([-1, 0, 0, 6, 7, 30, 31, 59, 60, 90])
    moments = st.builds(
        lambda day, half: EPOCH + timedelta(days=day, hours=12 * half), days, st.integers(0, 1)
    )
    return st.one_of(moments, moments, st.none()) if null else moments


AMOUNTS = st.one_of(st.none(), st.integers(-5, 60))
CUSTOMERS = st.sampled_from(["a", "a", "b", None])
ORDERS = st.fixed_dictionaries(
    {
        "customer_id": CUSTOMERS,
        "status": st.sampled_from(["done", "open", None]),
        "amount": AMOUNTS,
        "is_first": st.sampled_from([True, False, None]),
        "ordered_at": times(),
        "shipped_at": times(),
    }
)
RETURNS = st.fixed_dictionaries(
    {
        "customer_id": CUSTOMERS,
        "reason": st.sampled_from(["late", None]),
        "refund": AMOUNTS,
        "returned_at": times(),
    }
)

CUSTOMER_ROWS = st.fixed_dictionaries(
    {"tier": st.sampled_from(["gold", "tin", None]), "joined_on": st.just(EPOCH.date())}
)
PLANS = st.fixed_dictionaries(
    {
        "customer_id": CUSTOMERS,
        "plan": st.sampled_from(["free", "paid"]),
        "valid_from": times(null=False),
        "valid_to": times(),
    }
)

VISITS = st.fixed_dictionaries(
    {
        "customer_id": CUSTOMERS,
        "store_id": st.sampled_from([1, 2, None]),
        "channel": st.sampled_from(["web", "shop", None]),
        "visited_at": times(),
    }
)
STORES = st.fixed_dictionaries({"region_id": st.sampled_from([1, 2, None]), "size": st.just("big")})
REGIONS = st.fixed_dictionaries({"title": st.sampled_from(["north", "south", None])})


# What a step does to a table: to each row, by its number, what it is from then on, or that it is gone.
def changes(rows, keys=st.integers(1, 8)):  # noqa: B008
    return st.dictionaries(keys, st.one_of(rows, rows, st.none()), max_size=4)


# Enough rows that several are in one period, which is where the definitions matter.
def crowds(rows):
    return st.dictionaries(st.integers(1, 20), rows, min_size=6, max_size=14)


# The tables, each with its key, when its rows arrived, and what a step may do to it.
ROWS = {
    "orders": ("order_id", "loaded_at", changes(ORDERS)),
    "returns": ("return_id", "synced_at", changes(RETURNS)),
    "customers": ("customer_id", "updated_at", changes(CUSTOMER_ROWS, st.sampled_from(["a", "b"]))),
    "plans": ("version", "loaded_at", changes(PLANS, st.integers(1, 4))),
    "visits": ("visit_id", "seen_at", changes(VISITS)),
    "stores": ("store_id", "loaded_at", changes(STORES, st.integers(1, 2))),
    "regions": ("region_id", "loaded_at", changes(REGIONS, st.integers(1, 2))),
}
STEPS = st.lists(
    st.fixed_dictionaries({table: changed for table, (*_, changed) in ROWS.items()}),
    min_size=2,
    max_size=4,
)


def fill(connection, table, rows, key, arrived):
    """Write the rows as the table's only ones."""
    connection.execute(f"delete from {table}")
    for number, row in rows.items():
        values = {key: number, **row, arrived: row.get(arrived)}
        connection.execute(
            f"insert into {table} ({', '.join(values)}) values ({', '.join('?' * len(values))})",
            list(values.values()),
        )


def apply(rows, changed, arrived, instant):
    for number, row in changed.items():
        if row is None:
            rows.pop(number, None)
        else:
            rows[number] = row | {arrived: instant}


def build(connection, name, sql, *, again):
    """Run a table's SQL as dbt does: create it, or delete and insert, and the hook."""
    if not again:
        connection.execute(f"create or replace table {name} as {sql}")
        return
    connection.execute(f"create or replace temp table fresh as {sql}")
    connection.execute(f"delete from {name} where period_start in (select period_start from fresh)")
    connection.execute(f"insert into {name} select * from fresh")
    connection.execute(f"delete from {name} where period_end = period_start")


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=EXAMPLES, deadline=None)
@given(steps=STEPS)
def test_an_incremental_table_equals_its_full_refresh(compiled, warehouse, name, steps):
    """Rows come, change in any column and their period, and go; a new row may be as old as the oldest."""
    first, later, *_ = compiled[name]
    warehouse.execute(TABLES.format(schema="main"))
    warehouse.execute(f"create or replace table time_spine as {SPINE}")
    state = {table: {} for table in ROWS}
    for number, step in enumerate(steps):
        for table, (key, arrived, _) in ROWS.items():
            apply(state[table], step[table], arrived, EPOCH + timedelta(days=100 + number))
            fill(warehouse, table, state[table], key, arrived)
        build(warehouse, name, later if number else first, again=number > 0)
        build(warehouse, "refreshed", first, again=False)
        assert as_multiset(rows_of(warehouse, name)) == as_multiset(rows_of(warehouse, "refreshed"))


def test_months_and_filters_by_metric_time_are_those_of_the_zone(compiled, warehouse):
    """In Berlin it is February an hour before it is in UTC."""
    first, _ = compiled["in_berlin"]
    warehouse.execute(TABLES.format(schema="main"))
    warehouse.execute("""
        insert into orders
        select i, 'a', 'done', i, true, moment, timestamp '2024-02-10', timestamp '2024-06-01'
        from (values (1, timestamp '2024-01-31 22:59'), (2, timestamp '2024-01-31 23:00')) as t(i, moment)
    """)
    rows = rows_of(warehouse, f"({first}) order by period_start")
    assert [(row["period_start"].month, row["revenue"], row["recent"]) for row in rows] == [
        (1, 1, None),
        (2, 2, 2),
    ]


@pytest.mark.parametrize(
    ("name", "period_of"), [("shifted_few", lambda day: day), ("points_few", month_of)]
)
@settings(max_examples=EXAMPLES, deadline=None)
@given(orders=crowds(ORDERS))
def test_cumulative_metrics_are_what_their_definitions_say(
    compiled, warehouse, name, period_of, orders
):
    """By a longer period: the value of its first or last day that has one, or the average of all."""
    warehouse.execute(TABLES.format(schema="main"))
    warehouse.execute(f"create or replace table time_spine as {SPINE}")
    rows = {number: row | {"loaded_at": EPOCH} for number, row in orders.items() if row}
    fill(warehouse, "orders", rows, "order_id", "loaded_at")
    found = rows_of(warehouse, f"({compiled[name][0]})")
    for metric in TABLES_OF_METRICS[name][0]:
        values = {(row["period_start"], row["customer"]): row[metric] for row in found}
        expected = CUMULATIVE[metric].values(rows.values(), period_of)
        assert {key: value for key, value in values.items() if value is not None} == {
            key: pytest.approx(value) for key, value in expected.items() if value is not None
        }


@settings(max_examples=EXAMPLES, deadline=None)
@given(orders=crowds(ORDERS))
def test_balances_and_periods_of_the_time_spine_are_what_their_definitions_say(
    compiled, warehouse, orders
):
    warehouse.execute(TABLES.format(schema="main"))
    warehouse.execute(f"create or replace table time_spine as {SPINE}")
    rows = {number: row | {"loaded_at": EPOCH} for number, row in orders.items() if row}
    fill(warehouse, "orders", rows, "order_id", "loaded_at")
    found = rows_of(warehouse, f"({compiled['balances_few'][0]})")
    done = [row for row in rows.values() if row["status"] == "done"]
    for metric, expected in {
        "last_done": balances(done, max, None, "status"),
        "opening": balances(rows.values(), min, "customer_id", "status"),
    }.items():
        values = {(row["period_start"], row["order__status"]): row[metric] or 0 for row in found}
        assert {key: value for key, value in values.items() if value} == {
            key: value for key, value in expected.items() if value
        }
        assert set(expected) <= set(values)
    found = rows_of(warehouse, f"({compiled['spined_few'][0]})")
    values = {(row["period_start"], row["customer"]): row["spined_done"] for row in found}
    # No refund is in any month, so the other metric's rows are without a customer.
    others = {(month_of(day), None): 0 for day in DAYS}
    assert values == others | spined_done(rows.values())


@settings(max_examples=EXAMPLES, deadline=None)
@given(orders=crowds(ORDERS))
def test_offsets_are_what_their_definitions_say(compiled, warehouse, orders):
    warehouse.execute(TABLES.format(schema="main"))
    warehouse.execute(f"create or replace table time_spine as {SPINE}")
    rows = {number: row | {"loaded_at": EPOCH} for number, row in orders.items() if row}
    fill(warehouse, "orders", rows, "order_id", "loaded_at")
    found = rows_of(warehouse, f"({compiled['shifted_by_month'][0]})")
    for metric, earlier in {
        "growth": month_before,
        "since_start": lambda month: month.replace(month=1),
    }.items():
        values = {row["period_start"]: row[metric] for row in found if row[metric] is not None}
        assert values == change_since(rows.values(), earlier)


@settings(max_examples=2 * EXAMPLES, deadline=None)
@given(orders=crowds(ORDERS), visits=crowds(VISITS))
def test_conversions_are_what_their_definitions_say(compiled, warehouse, orders, visits):
    warehouse.execute(TABLES.format(schema="main"))
    orders = {number: row | {"loaded_at": EPOCH} for number, row in orders.items() if row}
    visits = {number: row | {"seen_at": EPOCH} for number, row in visits.items() if row}
    fill(warehouse, "orders", orders, "order_id", "loaded_at")
    fill(warehouse, "visits", visits, "visit_id", "seen_at")
    known = [visit for visit in visits.values() if visit["visited_at"]]
    web = [visit for visit in known if visit["channel"] == "web"]
    in_week = conversions(known, orders.values(), lambda day: days_before(day, 7))
    of_web = conversions(web, orders.values(), month_before)
    expected = {}
    for visit in known:
        unit = (month_of(visit["visited_at"].date()), visit["channel"])
        same = [v for v in known if (month_of(v["visited_at"].date()), v["channel"]) == unit]
        counted = len([order for order in in_week[unit] if order["amount"] is not None])
        rate = counted / len(same) if in_week[unit] else None
        expected[unit] = (rate, len(of_web[unit]) if visit["channel"] == "web" else None)
    found = rows_of(warehouse, f"({compiled['conversions_few'][0]})")
    assert {
        (row["period_start"], row["visit__channel"]): (row["order_rate"], row["web_orders"])
        for row in found
    } == {unit: (pytest.approx(rate), number) for unit, (rate, number) in expected.items()}


def test_a_conversion_moves_to_a_later_visit_and_back(compiled, warehouse):
    """A late visit takes an order from the month before, of whose own rows none has changed."""
    first, later, *_ = compiled["conversions_few"]
    warehouse.execute(TABLES.format(schema="main"))
    warehouse.execute("""
        insert into visits values
            (1, 'a', 1, 'web', '2024-01-30', '2024-06-01'), (3, 'b', 1, 'web', '2024-03-10', '2024-06-05');
        insert into orders values
            (1, 'a', 'done', 5, true, '2024-02-02', null, '2024-06-01'),
            (2, 'b', 'done', 5, true, '2024-03-11', null, '2024-06-05')
    """)

    def rates():
        rows = rows_of(warehouse, "conversions_few order by period_start")
        return [(row["period_start"].month, row["order_rate"], row["web_orders"]) for row in rows]

    build(warehouse, "conversions_few", first, again=False)
    assert rates() == [(1, 1.0, 1), (3, 1.0, 1)]
    warehouse.execute("insert into visits values (2, 'a', 1, 'web', '2024-02-01', '2024-06-06')")
    build(warehouse, "conversions_few", later, again=True)
    assert rates() == [(1, None, 0), (2, 1.0, 1), (3, 1.0, 1)]
    warehouse.execute("delete from visits where visit_id = 2")
    build(warehouse, "conversions_few", later, again=True)
    assert rates() == [(1, 1.0, 1), (3, 1.0, 1)]


def test_a_filter_of_the_conversion_measure_says_what_a_conversion_is(compiled, warehouse):
    """MetricFlow ignores it."""
    warehouse.execute(TABLES.format(schema="main"))
    warehouse.execute("""
        insert into visits values (1, 'a', 1, 'web', '2024-01-30', '2024-06-01');
        insert into orders values
            (1, 'a', 'done', 5, true, '2024-01-31', null, '2024-06-01'),
            (2, 'a', 'open', 5, true, '2024-01-31', null, '2024-06-01')
    """)
    (row,) = rows_of(warehouse, f"({compiled['of_done'][0]})")
    assert row["done_orders"] == 1


def test_a_longer_time_spine_touches_the_period_that_it_grows_in(compiled, warehouse):
    """On the day it grows, a row is deleted, so that as many rows as before count in the month."""
    first, later, *_ = compiled["points_alone"]
    warehouse.execute(TABLES.format(schema="main"))

    def january():
        (row,) = rows_of(warehouse, "points_alone where period_start = '2024-01-01'")
        return row

    def grow(day):
        warehouse.execute(
            "create or replace table time_spine as select cast(day as date) as date_day"
            f" from generate_series(timestamp '2023-12-01', timestamp '2024-01-{day}', interval '1 day') as t(day)"
        )

    grow(10)
    warehouse.execute("""
        insert into orders
        select i, 'a', 'done', 10 * i, true, moment, null, timestamp '2024-06-01' + i * interval '1 day'
        from (
            values (1, timestamp '2024-01-04'), (2, timestamp '2024-01-10'), (3, timestamp '2024-01-10'),
            (4, timestamp '2023-12-05')
        ) as t(i, moment)
    """)
    build(warehouse, "points_alone", first, again=False)
    assert january()["ends_with"] == 60
    counted = january()["orders_window_7_day_rows"]
    warehouse.execute("delete from orders where order_id = 3")
    grow(11)
    build(warehouse, "points_alone", later, again=True)
    assert january()["orders_window_7_day_rows"] == counted
    assert january()["ends_with"] == 20


@pytest.mark.parametrize("name", AGAIN)
@settings(max_examples=EXAMPLES, deadline=None)
@given(
    orders=crowds(ORDERS),
    steps=STEPS,
    first_day=st.sampled_from([-1, 0, 6, 30]),
    days=st.sampled_from([1, 31, 400]),
)
def test_a_range_that_is_built_again_equals_its_full_refresh(
    compiled, warehouse, name, orders, steps, first_day, days
):
    """Rows come, change, and go below the watermark, so that a plain run misses some of it."""
    first, _, again = compiled[name]
    warehouse.execute(TABLES.format(schema="main"))
    warehouse.execute(f"create or replace table time_spine as {SPINE}")
    state = {table: {} for table in ROWS}
    apply(state["orders"], orders, "loaded_at", EPOCH)
    for step, into in [(steps[0], name), (steps[1], "refreshed")]:
        for table, (key, arrived, _) in ROWS.items():
            apply(state[table], step[table], arrived, EPOCH)
            fill(warehouse, table, state[table], key, arrived)
        newest = {"order_id": 99, "ordered_at": EPOCH - timedelta(days=99), "loaded_at": NEWEST}
        warehouse.execute(
            f"insert into orders ({', '.join(newest)}) values (?, ?, ?)", list(newest.values())
        )
        build(warehouse, into, first, again=False)
        for number, row in state["orders"].items():
            row |= {"amount": number, "status": "done"}
    held, expected = rows_of(warehouse, name), rows_of(warehouse, "refreshed")
    start = (EPOCH + timedelta(days=first_day)).date()
    end = start + timedelta(days=days)
    sql = again.replace("2001-02-03", str(start)).replace("2001-02-05", str(end))
    build(warehouse, name, sql, again=True)
    found = rows_of(warehouse, name)
    start = start if name == "shifted_few" else start.replace(day=1)

    def inside(rows):
        return as_multiset(row for row in rows if start <= row["period_start"] < end)

    assert inside(found) == inside(expected)
    assert as_multiset(found) <= as_multiset(held) | as_multiset(expected)
