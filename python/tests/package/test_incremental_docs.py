"""The models in docs/incremental.md are run as they stand there, and return the tables that it shows."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "incremental.md").read_text("utf-8")
MODELS = dict(re.findall(r"```sql\n-- models/(\w+\.sql)\n(.*?)```", PAGE, re.DOTALL))
FIRST, SECOND, THIRD = (dt.date(2024, 5, day) for day in (1, 2, 3))


def shown(column):
    """Read the tables of days: the column's cells by date, as (orders, total)."""
    cells = {}
    for table in re.findall(r"^\| order_date \|.*\n\|[-|]+\n((?:\|.*\n)+)", PAGE, re.MULTILINE):
        header = re.search(r"(\| order_date \|.*)\n\|[-|]+\n" + re.escape(table), PAGE).group(1)
        names = [name.strip(" `") for name in header.strip("|").split("|")]
        for line in table.splitlines():
            row = dict(
                zip(names, (cell.strip() for cell in line.strip("|").split("|")), strict=True)
            )
            match = re.match(r"(\d+) orders?, (\d+)", row.get(column, ""))
            if match:
                date = dt.date.fromisoformat(row["order_date"])
                cells[date] = (int(match[1]), int(match[2]))
    return cells


@pytest.fixture(scope="module")
def project(make_project, engine):
    made = make_project(
        {
            **MODELS,
            "stg_orders.sql": "{{ config(materialized='view') }} "
            "select * from {{ target.schema }}.raw_orders",
            "stg_customers.sql": "{{ config(materialized='view') }} "
            "select * from {{ target.schema }}.raw_customers",
        },
        engine=engine,
    )
    made.execute(
        "create table raw_customers as select 7 as id, 'Ada' as name, "
        "cast('2024-05-01' as timestamp) as loaded_at; "
        "create table raw_orders (order_id int, order_date date, amount int, loaded_at timestamp, "
        "customer_id int)",
    )
    orders = re.findall(r"^\| (\d) \| ([\d-]+) \| (\d+) \| ([\d: -]+) \|$", PAGE, re.MULTILINE)
    assert len(orders) == 4
    for order in orders[:3]:
        made.execute(f"insert into raw_orders values ({insertable(order)})")
    made.run("run")
    made.late_order = orders[3]
    return made


def insertable(order):
    order_id, order_date, amount, loaded_at = order
    return f"{order_id}, '{order_date}', {amount}, '{loaded_at}', 7"


def days(project, model):
    rows = project.query(f"select order_date, orders, total from {model}")
    assert len({row[0] for row in rows}) == len(rows)
    return {date: (orders, total) for date, orders, total in rows}


@pytest.mark.slow
def test_the_page_holds_up(project):
    assert set(MODELS) == {
        "orders.sql",
        "daily_orders.sql",
        "customer_revenue.sql",
        "order_versions.sql",
        "daily_orders_moving.sql",
    }
    assert days(project, "daily_orders") == {FIRST: (2, 30), SECOND: (1, 30)}
    assert project.query("select customer_name, revenue from customer_revenue") == [("Ada", 60)]

    # Order 4 arrives late, and the customer changes without a new order.
    project.execute(f"insert into raw_orders values ({insertable(project.late_order)})")
    project.execute("update raw_customers set name = 'Ada L.', loaded_at = '2024-05-03'")
    project.run("run")
    after = {FIRST: (3, 35), SECOND: (1, 30)}
    assert days(project, "daily_orders") == days(project, "daily_orders_moving") == after
    assert shown("after") == after
    assert project.query("select count(*), sum(amount) from orders") == [(4, 65)]
    assert project.query("select customer_name, revenue from customer_revenue") == [("Ada L.", 65)]

    # Order 3 moves.
    project.execute(
        "update raw_orders set order_date = '2024-05-03', loaded_at = '2024-05-04' "
        "where order_id = 3",
    )
    project.run("run")
    assert days(project, "daily_orders") == {**after, THIRD: (1, 30)} == shown("daily_orders")
    moved = {FIRST: (3, 35), SECOND: (0, 0), THIRD: (1, 30)}
    assert days(project, "daily_orders_moving") == moved == shown("daily_orders_moving")


@pytest.mark.slow
def test_a_null_unique_key_is_inserted_again(make_project, engine):
    """What the page says about dbt's own `delete+insert`."""
    head = "{{ config(materialized='incremental', incremental_strategy='delete+insert', "
    project = make_project(
        {
            "bare.sql": head + "unique_key='k') }} select cast(null as int) as k, 1 as v",
            "hashed.sql": head + "unique_key='unit_key') }} "
            "select {{ entity_kit.hashdiff('k') }} as unit_key, k, v "
            "from (select cast(null as int) as k, 1 as v) as t",
        },
        engine=engine,
    )
    project.run("run")
    project.run("run")
    assert project.query("select count(*) from bare") == [(2,)]
    assert project.query("select count(*) from hashed") == [(1,)]
