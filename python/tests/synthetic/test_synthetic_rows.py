"""Made-up rows: they fit what is declared, for any seed, and hold what breaks models."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from random import Random

import duckdb
import pytest

from entity_kit.arrivals.sources import Delivery
from entity_kit.errors import EntityKitError
from entity_kit.synthetic.declared import Field, Spec
from entity_kit.synthetic.tables import CHILDREN, PARENTS, make_rows
from entity_kit.synthetic.values import DAYS, draw, in_order, is_known, is_ordered

LATE = timedelta(days=2)
CUSTOMERS = Spec(
    "shop.customers",
    "shop",
    "customers",
    (
        Field("id", "INTEGER", not_null=True),
        Field("city", "VARCHAR"),
        Field("referred_by", "INTEGER", refers_to=("shop.customers", "id")),
        Field("loaded_at", "TIMESTAMP", not_null=True),
    ),
    row_key=("id",),
    loaded_at="loaded_at",
)
ORDERS = Spec(
    "shop.orders",
    "shop",
    "orders",
    (
        Field("id", "VARCHAR", not_null=True, unique=True),
        Field("customer_id", "INTEGER", refers_to=("shop.customers", "id")),
        Field("status", "VARCHAR", not_null=True, accepted=("paid", "open")),
        Field("rate", "DOUBLE", least=0, most=1),
        Field("ordered_at", "TIMESTAMP", not_null=True),
        Field("loaded_at", "TIMESTAMP", not_null=True),
    ),
    row_key=("id",),
    loaded_at="loaded_at",
    event_time="ordered_at",
    delivery=Delivery(late_by=LATE),
)
LINES = Spec(
    "shop.lines",
    "shop",
    "lines",
    (
        Field("order_id", "VARCHAR", not_null=True, refers_to=("shop.orders", "id")),
        Field("line", "INTEGER", not_null=True),
        Field("amount", "DECIMAL(9,2)"),
    ),
    row_key=("order_id", "line"),
)
# One row for each of some orders.
INVOICES = Spec(
    "shop.invoices",
    "shop",
    "invoices",
    (Field("order_id", "VARCHAR", not_null=True, unique=True, refers_to=("shop.orders", "id")),),
)
SPECS = (INVOICES, LINES, ORDERS, CUSTOMERS)


@pytest.fixture(scope="module", params=[0, 1, 7])
def rows(request):
    return make_rows(SPECS, request.param)


def column(rows, table, name):
    return [row[name] for row in rows[f"shop.{table}"]]


def test_the_same_seed_gives_the_same_rows():
    assert make_rows(SPECS, 3) == make_rows(reversed(SPECS), 3)
    assert make_rows(SPECS, 3) != make_rows(SPECS, 4)


def test_keys_are_unique(rows):
    assert len(set(column(rows, "customers", "id"))) == PARENTS
    assert len(set(column(rows, "orders", "id"))) == PARENTS
    lines = [(row["order_id"], row["line"]) for row in rows["shop.lines"]]
    assert len(set(lines)) == len(lines) == CHILDREN
    invoices = column(rows, "invoices", "order_id")
    assert len(set(invoices)) == len(invoices) == PARENTS


def test_references_are_to_rows_that_are_there(rows):
    customers, orders = set(column(rows, "customers", "id")), set(column(rows, "orders", "id"))
    assert set(column(rows, "orders", "customer_id")) <= customers | {None}
    assert set(column(rows, "customers", "referred_by")) <= customers | {None}
    assert set(column(rows, "lines", "order_id")) <= orders
    assert set(column(rows, "invoices", "order_id")) <= orders


def test_some_children_arrive_before_their_parent(rows):
    arrived = dict(
        zip(column(rows, "customers", "id"), column(rows, "customers", "loaded_at"), strict=True)
    )
    of = [
        arrived[row["customer_id"]] > row["loaded_at"]
        for row in rows["shop.orders"]
        if row["customer_id"]
    ]
    assert 0 < sum(of) < len(of) / 2


def test_rows_arrive_in_loads_over_days_and_never_too_late(rows):
    loads = [datetime.fromisoformat(text) for text in column(rows, "orders", "loaded_at")]
    events = [datetime.fromisoformat(text) for text in column(rows, "orders", "ordered_at")]
    delays = [load - event for load, event in zip(loads, events, strict=True)]
    assert max(loads) - min(loads) > timedelta(days=DAYS - 3)
    assert max(Counter(loads).values()) > 1
    assert timedelta(0) <= min(delays)
    assert timedelta(hours=6) < max(delays) <= LATE
    # Late: it happened before what an earlier load brought.
    assert any(
        event < max(events[:n]) and load > loads[n - 1]
        for n, (event, load) in enumerate(zip(events, loads, strict=True))
        if n
    )


def test_values_are_those_that_are_allowed(rows):
    assert set(column(rows, "orders", "status")) == {"paid", "open"}
    assert all(v is None or 0 <= float(v) <= 1 for v in column(rows, "orders", "rate"))
    amounts = [float(v) for v in column(rows, "lines", "amount") if v is not None]
    assert min(amounts) < 0 < max(amounts)
    assert 0 in amounts
    assert None in column(rows, "lines", "amount")
    cities = "".join(v or "" for v in column(rows, "customers", "city"))
    assert not cities.isascii()


def test_a_circle_of_references_is_refused():
    one = Spec("s.a", "s", "a", (Field("id", "INTEGER", refers_to=("s.b", "id")),))
    two = Spec("s.b", "s", "b", (Field("id", "INTEGER", refers_to=("s.a", "id")),))
    with pytest.raises(EntityKitError) as caught:
        make_rows([one, two], 0)
    assert "lead back to it" in str(caught.value)


TYPES = (
    *(
        "TINYINT",
        "USMALLINT",
        "INTEGER",
        "BIGINT",
        "DECIMAL(3,2)",
        "DECIMAL(38, 0)",
        "DECIMAL(2,1)",
    ),
    *("DOUBLE", "FLOAT", "VARCHAR", "VARCHAR(3)", "BOOLEAN", "DATE", "TIME", "TIMESTAMP"),
    *("TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE", "INTERVAL", "UUID", "JSON", "BLOB"),
    *("VARCHAR[]", "STRUCT(a BIGINT, b STRUCT(c VARCHAR, d DATE[]))", "ENUM('a', 'it''s')"),
)


@pytest.mark.parametrize("kind", TYPES)
def test_values_are_of_their_type(kind):
    assert is_known(kind)
    nested = "[" in kind or kind.startswith("STRUCT")
    of = "from_base64(v)" if kind == "BLOB" else "cast(v as json)" if nested else "v"
    values = {draw(kind, Random(seed)) for seed in range(60)}  # noqa: S311
    if is_ordered(kind):
        ordered = [in_order(kind, place, "order") for place in range(50)]
        assert len(set(ordered)) == 50
        values |= set(ordered) if "(2" not in kind and "(3,2" not in kind else set()
    with duckdb.connect() as connection:
        connection.execute(
            f"select cast({of} as {kind}) from (select unnest($1::varchar[]) as v)", [list(values)]
        ).fetchall()
    assert len(values) > 1
