"""References between sources that tests of staging models declare, where columns are plainly theirs."""

from __future__ import annotations

from typing import Any

import pytest

from entity_kit.sampling.columns import Column
from entity_kit.sampling.staging import Origins
from entity_kit.sampling.tables import Reference, Table, find_references

ORDERS = "{{ source('shop', 'orders') }}"
JOINED = (
    f"with orders as (select * from {ORDERS}), renamed as (select orders.id as order_id "
    "from orders join {{ ref('other') }} as other on other.x = orders.x) select * from renamed"
)


def model(name: str, code: str) -> dict[str, Any]:
    return {
        "resource_type": "model",
        "name": name,
        "unique_id": f"model.shop.{name}",
        "raw_code": code,
    }


def manifest(*nodes: dict[str, Any], adapter: str = "snowflake") -> dict[str, Any]:
    return {
        "metadata": {"adapter_type": adapter},
        "nodes": {str(place): node for place, node in enumerate(nodes)},
    }


@pytest.mark.parametrize(
    "code",
    [
        f"select id as order_id, customer_id from {ORDERS}",
        f"select O.ID as order_id, o.* from {ORDERS} as o where not o.deleted",
        "{{ config(materialized='incremental') }} with source as (select * from "
        + ORDERS
        + "), renamed as (select id as order_id, upper(note) as note, {{ now() }} as at from source) "
        "select * from renamed {% if is_incremental() %} where at > 1 {% endif %}",
        JOINED,
        f"select s.order_id from (select id as order_id from {ORDERS}) as s",
        "with orders as (select id as order_id from {{ ref('raw_orders') }}) select * from orders",
        f"select id as order_id from {ORDERS} qualify row_number() over (partition by id order by at) = 1",
    ],
)
def test_a_column_that_is_only_renamed_is_the_sources(code):
    project = manifest(
        model("stg_orders", code),
        model("other", "select 1 as x"),
        model("raw_orders", f"select * from {ORDERS}"),
    )
    found = Origins(project).of("ref('stg_orders')", "order_id")
    assert found is not None
    assert (found[0], found[1].lower()) == ("shop.orders", "id")


@pytest.mark.parametrize(
    "code",
    [
        f"select cast(id as int) as order_id from {ORDERS}",
        f"select coalesce(id, 0) as order_id from {ORDERS}",
        f"select id as order_id from {ORDERS} union all select id from {ORDERS}",
        # Of which of the two it is, only the warehouse knows.
        f"select id as order_id from {ORDERS} as a join {{{{ ref('other') }}}} as b on a.x = b.x",
        f"select * from {ORDERS} as a join {{{{ ref('other') }}}} as b on a.x = b.x",
        f"select * exclude (order_id) from {ORDERS}",
        f"select * rename (id as order_id) from {ORDERS}",
        f"select {{{{ renamed() }}}}, a from {ORDERS}",
        f"select id as order_id from {ORDERS} {{{{ joined() }}}}",
        f"{{% if var('a') %}} select id as order_id from {ORDERS} {{% else %}} select 1 {{% endif %}}",
        "select id as order_id from {{ ref('stg_orders') }}",
        "select id as order_id from {{ this }}",
        "select id as order_id from raw.orders",
        f"with recursive a as (select id as order_id from {ORDERS}) select * from a",
        f"with a (x) as (select id as order_id from {ORDERS}) select * from a",
        f"select order_id from {ORDERS} unpivot (order_id for name in (a, b))",
        "select id as order_id from",
    ],
)
def test_any_other_column_is_nobodys(code):
    project = manifest(model("stg_orders", code), model("other", "select 1 as x"))
    assert Origins(project).of("ref('stg_orders')", "order_id") is None


def relationship(model: str, column: str, to: str, field: str) -> dict[str, Any]:
    return {
        "resource_type": "test",
        "column_name": column,
        "test_metadata": {
            "name": "relationships",
            "kwargs": {
                "model": "{{ get_where_subquery(" + model + ") }}",
                "column_name": column,
                "arguments": {"to": to, "field": field},
            },
        },
    }


CUSTOMERS = model(
    "stg_customers", "select id as customer_id from {{ source('shop', 'customers') }}"
)
STG_ORDERS = model("stg_orders", f"select id as order_id, buyer as customer_id from {ORDERS}")
TABLES = {
    name: Table(name, {"source_name": "shop", "name": name[5:]}, name, columns)
    for name, columns in {
        "shop.orders": (Column("ID", "int"), Column("BUYER", "int")),
        "shop.customers": (Column("ID", "int"), Column("LAST_ORDER", "int")),
    }.items()
}
TO_CUSTOMERS = Reference("shop.orders", "BUYER", "shop.customers", "ID")


@pytest.mark.parametrize("to", ["ref('stg_customers')", "ref('shop', 'stg_customers')"])
def test_a_test_of_a_staging_model_is_one_of_its_source(to):
    tested = relationship("ref('stg_orders')", "customer_id", to, "customer_id")
    project = manifest(CUSTOMERS, STG_ORDERS, tested)
    assert find_references(project, TABLES) == [TO_CUSTOMERS]


def test_one_end_may_be_the_source_itself():
    tested = relationship("ref('stg_orders')", "customer_id", "source('shop', 'customers')", "id")
    assert find_references(manifest(STG_ORDERS, tested), TABLES) == [TO_CUSTOMERS]


def test_a_test_of_a_source_comes_first_and_a_circle_is_left_out():
    back = relationship(
        "source('shop', 'customers')", "last_order", "source('shop', 'orders')", "id"
    )
    there = relationship("ref('stg_orders')", "customer_id", "ref('stg_customers')", "customer_id")
    itself = relationship("ref('stg_orders')", "customer_id", "ref('stg_orders')", "order_id")
    project = manifest(CUSTOMERS, STG_ORDERS, there, itself, back)
    assert find_references(project, TABLES) == [
        Reference("shop.customers", "LAST_ORDER", "shop.orders", "ID")
    ]


def test_a_column_that_the_source_lacks_is_no_reference():
    other = model("stg_orders", f"select id as order_id, seller as customer_id from {ORDERS}")
    tested = relationship("ref('stg_orders')", "customer_id", "ref('stg_customers')", "customer_id")
    assert find_references(manifest(CUSTOMERS, other, tested), TABLES) == []
