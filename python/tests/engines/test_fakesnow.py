"""Run the golden SQL for Snowflake on fakesnow: Snowflake's connector and SQL, on DuckDB.

It translates the SQL and runs it, so it tells what the SQL means, and not what Snowflake itself would say. Neither dbt's
own statements nor data types in all their detail are seen. `nox -s fakesnow` installs it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from support import lanes

GOLDEN = Path(__file__).parent / "golden" / "snowflake"
REASON = lanes.MISSING.format("fakesnow", "fakesnow is not installed; `nox -s fakesnow` does that")
fakesnow = pytest.importorskip("fakesnow", reason=REASON)

# By model: what a run replaces, and what its post-hook takes away.
KEYS = {
    "history_customers": "customer_id",
    "entity_customers": "durable_key",
    "touched_days": "customer_id::varchar || order_date::varchar",
    "hours_of_customers": "durable_key || period_start::varchar",
}
ORDERS = [
    "(1, 1, 'eu', 'paid', 10, 'a', '2024-01-01 08:00', '2024-01-01 08:00', '2024-01-01 09:00')",
    "(2, 1, 'eu', 'paid', 5, 'b', '2024-01-02 08:00', '2024-01-02 08:00', '2024-01-02 09:00')",
    "(3, 2, null, 'deleted', 5, 'c', '2024-01-02 08:00', '2024-01-02 08:00', '2024-01-02 09:00')",
]
CHANGES = [
    "(1, 'A', 's', 'n', 'insert', 1, '2024-01-01', '2024-01-01 01:00')",
    "(1, 'B', 's', 'n', 'update', 1, '2024-01-02', '2024-01-02 01:00')",
    "(2, 'C', 's', 'm', 'insert', 1, '2024-01-01', '2024-01-01 01:00')",
]
# A late order, one that is restated, and the end of a customer.
LATER_ORDERS = [
    "(4, 2, null, 'paid', 7, 'd', '2024-01-01 10:00', '2024-01-01 10:00', '2024-01-04 09:00')",
    "(2, 1, 'eu', 'paid', 6, 'b', '2024-01-02 08:00', '2024-01-04 08:00', '2024-01-04 09:00')",
]
LATER_CHANGES = ["(2, 'C', 's', 'm', 'delete', 1, '2024-01-03', '2024-01-04 01:00')"]


@pytest.fixture
def cursor():
    import snowflake.connector

    with fakesnow.patch():
        connection = snowflake.connector.connect(database="db", schema="analytics", account="none")
        cursor = connection.cursor()
        cursor.execute("create schema if not exists db.raw")
        cursor.execute("create schema if not exists db.analytics")
        cursor.execute(
            "create table db.raw.orders (order_id int, customer_id int, region varchar,"
            ' status varchar, amount number(12, 2), "ORDER" varchar, ordered_at timestamp_ntz,'
            " updated_at timestamp_ntz, loaded_at timestamp_ntz)"
        )
        cursor.execute(
            "create table db.raw.customers_log (customer_id int, city varchar, segment varchar,"
            " full_name varchar, operation varchar, revision int, changed_at timestamp_ntz,"
            " loaded_at timestamp_ntz)"
        )
        yield cursor


def _arrive(cursor, orders, changes):
    cursor.execute(f"insert into db.raw.orders values {', '.join(orders)}")
    cursor.execute(f"insert into db.raw.customers_log values {', '.join(changes)}")


def _rows(cursor, relation):
    cursor.execute(f"select * from {relation}")
    return sorted(cursor.fetchall(), key=repr)


def test_an_incremental_run_gives_what_a_full_refresh_gives(cursor):
    _arrive(cursor, ORDERS, CHANGES)
    sql = {file.stem: file.read_text("utf-8") for file in GOLDEN.glob("*.sql")}
    for name in KEYS:
        cursor.execute(f"create table db.analytics.{name} as {sql[f'{name}.first']}")
        assert _rows(cursor, f"db.analytics.{name}") != []
    _arrive(cursor, LATER_ORDERS, LATER_CHANGES)
    for name, key in KEYS.items():
        table, new = f"db.analytics.{name}", f"db.analytics.{name}_new"
        before = _rows(cursor, table)
        cursor.execute(f"create table {new} as {sql[f'{name}.incremental']}")
        cursor.execute(f"delete from {table} where {key} in (select {key} from {new})")
        cursor.execute(f"insert into {table} select * from {new}")
        if name == "hours_of_customers":
            cursor.execute(f"delete from {table} where period_end = period_start")
        fresh = f"db.analytics.{name}_fresh"
        cursor.execute(f"create table {fresh} as {sql[f'{name}.first']}")
        assert _rows(cursor, table) == _rows(cursor, fresh) != before, name
