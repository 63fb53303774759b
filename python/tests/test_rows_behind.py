"""The source rows behind a row of a model: which they are, and when each showed."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entity_kit.arrivals import behind
from entity_kit.arrivals.deliveries import AlteredWorld
from entity_kit.arrivals.schedules import Overlay, RecordedWorld
from entity_kit.arrivals.sources import Source
from entity_kit.warehouse import Relation, connect, rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from entity_kit.warehouse import Connection

START = dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc)
DAY = dt.timedelta(days=1)
# Steps at the ends of 2, 4, and 6 January.
STEPS = tuple(START + n * DAY for n in (2, 4, 6))
ORDERS = Source(
    "source.shop.raw.orders",
    "raw.orders",
    Relation("memory", "main", "orders"),
    "orders",
    "loaded_at",
    "ordered_at",
    row_key=("order_id",),
    loaded_column="loaded_at",
    event_column="ordered_at",
)


@pytest.fixture
def warehouse() -> Iterator[Connection]:
    with connect() as connection:
        rows(connection, "set TimeZone = 'UTC'")
        rows(
            connection,
            """
            create table orders as
            select order_id, customer, paid, day::timestamp as ordered_at, loaded::timestamp as loaded_at
            from (values
                (1, 'ann', true, '2024-01-01 08:00', '2024-01-01 09:00'),
                (2, 'ann', true, '2024-01-02 08:00', '2024-01-05 09:00'),
                (3, 'bob', null, '2024-01-03 08:00', '2024-01-03 09:00'),
                (4, 'ann', false, '2024-01-05 08:00', '2024-01-05 09:00'),
                (5, 'ann', false, '2024-01-08 08:00', '2024-01-08 09:00')
            ) as t (order_id, customer, paid, day, loaded)
            """,
        )
        yield connection


def world(**more: Any) -> RecordedWorld:
    zones = {ORDERS.unique_id: False}
    return RecordedWorld(STEPS, zones, ZoneInfo("UTC"), START, **more)


def found(connection: Connection, key: tuple[str, ...], *sample: dict[str, Any], ran=(1, 2, 3)):  # type: ignore[no-untyped-def]
    return behind.find_behind(connection, world(), [ORDERS], key, sample, ran)


def test_by_the_key(warehouse: Connection) -> None:
    (of_ann,) = found(warehouse, ("customer",), {"customer": "ann", "total": 9})
    assert (of_ann.source, of_ann.sample, of_ann.by) == ("raw.orders", 0, "customer ann")
    assert [(row.label, row.step) for row in of_ann.rows] == [
        ("order_id 1", 1),
        ("order_id 2", 3),
        ("order_id 4", 3),
    ]
    late = of_ann.rows[1]
    assert late.event == START + DAY + dt.timedelta(hours=8)
    assert late.loaded == START + 4 * DAY + dt.timedelta(hours=9)
    # The run before had seen order 3, so that order 2 is late.
    assert of_ann.seen == START + 2 * DAY + dt.timedelta(hours=8)
    assert late.event < of_ann.seen


def test_missed_runs_show_rows_later(warehouse: Connection) -> None:
    (of_bob,) = found(warehouse, ("customer",), {"customer": "bob"}, ran=(1, 3))
    assert [row.step for row in of_bob.rows] == [3]
    assert of_bob.seen == START + dt.timedelta(hours=8)


@pytest.mark.parametrize(
    ("days", "by", "orders"),
    [
        (["2024-01-02"], "day 2024-01-02", [2]),
        (["2024-01-02 00:00:00", "2024-01-03 00:00:00"], "day 2024-01-02", [2]),
        (["2024-01-01"], "day 2024-01-01", [1, 3, 2, 4]),
        (["2024-01-01", "2024-01-08"], "day 2024-01-01", [1, 3, 2, 4]),
    ],
)
def test_by_the_period_that_a_key_names(
    warehouse: Connection, days: list[str], by: str, orders: list[int]
) -> None:
    first, *_ = found(warehouse, ("day",), *({"day": day, "orders": 1} for day in days))
    assert (first.by, first.count) == (by, len(orders))
    assert [row.label for row in first.rows] == [f"order_id {order}" for order in orders]


@pytest.mark.parametrize("text", ["2024-02-31", "0000-01-01", "9999-99-99", "2024-01-01 00:00"])
def test_a_text_that_is_no_day_is_no_period(warehouse: Connection, text: str) -> None:
    assert found(warehouse, ("code",), {"code": text, "x": 1}) == ()


def test_by_key_and_period(warehouse: Connection) -> None:
    row = {"customer": "ann", "day": "2024-01-02"}
    (only,) = found(warehouse, ("customer", "day"), row)
    assert only.by == "customer ann, day 2024-01-02"
    assert [row.label for row in only.rows] == ["order_id 2"]


def test_by_the_source_row_key_where_the_model_has_no_key(warehouse: Connection) -> None:
    first, second = found(warehouse, (), {"order_id": 3, "x": 1}, {"order_id": 4, "x": 1})
    assert [(each.sample, each.by) for each in (first, second)] == [
        (0, "order_id 3"),
        (1, "order_id 4"),
    ]
    assert found(warehouse, (), {"x": 1}) == ()


def test_by_all_that_is_shared_where_there_is_no_key(warehouse: Connection) -> None:
    row = {"customer": "ann", "paid": False, "x": 1}
    (found_rows,) = found(warehouse, (), row)
    assert found_rows.by == "customer ann, paid false"
    assert [each.label for each in found_rows.rows] == ["order_id 4"]
    # One column alone, or many rows, are no evidence.
    assert found(warehouse, (), {"customer": "ann", "x": 1}) == ()
    rows(
        warehouse,
        "insert into orders select i, 'ann', false, null, timestamp '2024-01-01' from range(9) t(i)",
    )
    assert found(warehouse, (), row) == ()


def test_values_with_quotes_and_booleans_are_values(warehouse: Connection) -> None:
    assert found(warehouse, ("customer",), {"customer": "o'neil\" or true --"}) == ()
    (paid,) = found(warehouse, ("paid",), {"paid": True})
    assert paid.by == "paid true"
    assert [row.label for row in paid.rows] == ["order_id 1", "order_id 2"]


def test_without_a_row_key_the_first_column_names_a_row(warehouse: Connection) -> None:
    source = replace(ORDERS, row_key=())
    sample = [{"customer": "bob"}]
    (only,) = behind.find_behind(warehouse, world(), [source], ("customer",), sample, (1, 2))
    assert [row.label for row in only.rows] == ["order_id 3"]
    # Unless it is what they have in common.
    rows(
        warehouse,
        "insert into orders select * replace ('eve' as customer) from orders where order_id = 3",
    )
    sample = [{"order_id": 3}]
    (only,) = behind.find_behind(warehouse, world(), [source], ("order_id",), sample, (1, 2))
    assert {row.label for row in only.rows} == {"customer bob", "customer eve"}
    long = replace(ORDERS, row_key=("order_id", "customer", "paid"))
    sample = [{"order_id": 4}]
    (only,) = behind.find_behind(warehouse, world(), [long], ("order_id",), sample, (1, 2, 3))
    assert [row.label for row in only.rows] == ["order_id 4"]


def test_what_is_too_common_says_nothing(warehouse: Connection) -> None:
    rows(
        warehouse,
        "insert into orders select i, 'ann', true, timestamp '2024-01-01', timestamp '2024-01-01' "
        "from range(10, 700) t(i)",
    )
    assert found(warehouse, ("customer",), {"customer": "ann"}) == ()


def test_altered_rows_show_as_the_schedule_has_them(warehouse: Connection) -> None:
    rows(warehouse, "create table hidden as select 1 as id")
    rows(
        warehouse,
        "create table extra as "
        "select * replace (timestamp '2024-01-01 09:00' as loaded_at), 1 as entity_kit_from, "
        "2 as entity_kit_until from orders where order_id = 1 union all "
        "select * replace (timestamp '2024-01-03 10:00' as loaded_at), 2, null "
        "from orders where order_id = 1",
    )
    overlays = {ORDERS.unique_id: Overlay("order_id", "hidden", "extra", 1)}
    altered = AlteredWorld(
        STEPS, {ORDERS.unique_id: False}, ZoneInfo("UTC"), START, overlays=overlays
    )
    (only,) = behind.find_behind(
        warehouse, altered, [ORDERS], ("order_id",), [{"order_id": 1}], (1, 2)
    )
    assert [(row.step, row.until) for row in only.rows] == [(1, 2), (2, None)]
    assert [str(row.loaded)[:16] for row in only.rows] == ["2024-01-01 09:00", "2024-01-03 10:00"]


def test_times_that_have_no_end_are_left_out(warehouse: Connection) -> None:
    rows(warehouse, "update orders set ordered_at = 'infinity', loaded_at = null where order_id=3")
    (only,) = found(warehouse, ("order_id",), {"order_id": 3})
    assert [(row.event, row.loaded, row.step) for row in only.rows] == [(None, None, 1)]


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 7 * 24)), min_size=1, max_size=30),
    st.sets(st.integers(1, 3), min_size=1),
)
@settings(max_examples=15, deadline=None)
def test_each_row_shows_at_the_first_run_after_it_was_loaded(
    given_rows: list[tuple[int, int]], ran: set[int]
) -> None:
    with connect() as connection:
        rows(connection, "set TimeZone = 'UTC'")
        rows(
            connection,
            "create table orders (order_id integer, customer integer, ordered_at timestamp, "
            "loaded_at timestamp)",
        )
        values = ", ".join(
            f"({number}, {customer}, timestamp '{at:%F %T}', timestamp '{at:%F %T}')"
            for number, (customer, hour) in enumerate(given_rows)
            for at in [START + dt.timedelta(hours=hour)]
        )
        rows(connection, f"insert into orders values {values}")
        runs = sorted(ran)
        got = found(connection, ("customer",), {"customer": 1}, ran=runs)
    expected = {}
    for number, (customer, hour) in enumerate(given_rows):
        steps = [s for s in runs if START + dt.timedelta(hours=hour) <= STEPS[s - 1]]
        if customer == 1 and steps:
            expected[f"order_id {number}"] = steps[0]
    shown = {row.label: row.step for each in got for row in each.rows}
    assert shown.items() <= expected.items()
    assert sum(each.count for each in got) == len(expected)
    assert len(shown) == min(len(expected), 6)
