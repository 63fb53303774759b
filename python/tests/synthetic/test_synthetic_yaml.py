"""What the YAML of sources says about made-up rows, and what it must say."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from entity_kit.errors import EntityKitError
from entity_kit.synthetic.declared import Field, Spec, read_specs
from entity_kit.synthetic.reading import read_columns, undeclared_columns
from support.source_yaml import manifest_of


def specs(tables: dict[str, Any], **options: Any) -> dict[str, Spec]:
    manifest = manifest_of(tables)
    wanted = options.pop("only", None)
    nodes = [n for n in manifest["sources"].values() if wanted is None or n["name"] in wanted]
    found = read_specs(manifest, nodes, options.pop("dialect", "duckdb"), options)
    return {spec.table: spec for spec in found}


def refusal(tables: dict[str, Any], **options: Any) -> str:
    with pytest.raises(EntityKitError) as caught:
        specs(tables, **options)
    return str(caught.value)


def test_types_come_from_the_yaml_its_tests_and_references():
    found = specs(
        {
            "customers": {"columns": {"id": {"data_type": "NUMBER(38,0)"}}},
            "orders": {
                "loaded_at": "loaded_at",
                "event_time": "ordered_on",
                "entity_kit": {"row_key": ["id"], "delivery": {"late_by": {"days": 2}}},
                "columns": {
                    "id": {"data_type": "varchar(16)", "tests": [("unique", {})]},
                    "customer_id": {
                        "tests": [
                            ("relationships", {"to": "source('shop', 'customers')", "field": "ID"})
                        ]
                    },
                    "status": {"tests": [("accepted_values", {"values": ["paid", "open"]})]},
                    "level": {"tests": [("accepted_values", {"values": [1, 2], "quote": False})]},
                    "rate": {
                        "data_type": "float",
                        "tests": [("accepted_range", {"min_value": 0, "max_value": 1})],
                    },
                    "ordered_on": {"data_type": "date"},
                },
            },
        },
        dialect="snowflake",
    )["orders"]
    assert found.fields == (
        Field("id", "VARCHAR", not_null=True, unique=True),
        Field("customer_id", "DECIMAL(38, 0)", refers_to=("shop.customers", "ID")),
        Field("status", "VARCHAR", accepted=("paid", "open")),
        Field("level", "BIGINT", accepted=("1", "2")),
        Field("rate", "DOUBLE", least=0, most=1),
        Field("ordered_on", "DATE", not_null=True),
        Field("loaded_at", "TIMESTAMP", not_null=True),
    )
    assert found.row_key == ("id",)
    assert (found.loaded_at, found.event_time) == ("loaded_at", "ordered_on")
    assert found.delivery.late_by == timedelta(days=2)


def test_a_parent_also_learns_its_type_from_its_child():
    found = specs(
        {
            "customers": {"entity_kit": {"row_key": "id"}, "loaded_at": "at", "columns": {}},
            "orders": {
                "columns": {
                    "customer_id": {
                        "data_type": "uuid",
                        "tests": [
                            ("relationships", {"to": "source('shop', 'customers')", "field": "id"})
                        ],
                    }
                }
            },
        }
    )
    assert found["customers"].field("id").type == "UUID"


def test_what_the_yaml_doesnt_say_is_asked_for():
    tables = {
        "orders": {"columns": {"id": {"data_type": "int"}, "note": {}}},
        "events": {"columns": {}},
    }
    assert refusal(tables, **{"shop.orders": ["discount"]}) == (
        "To make up rows, the type of each column must be known. It isn't of:\n"
        "  shop.orders: note, discount\n"
        "  shop.events: no column at all\n"
        "Add a data_type for each, and for any other column that models read:\n"
        "sources:\n"
        "  - name: shop\n"
        "    tables:\n"
        "      - name: orders\n"
        "        columns:\n"
        "          - {name: note, data_type: …}\n"
        "          - {name: discount, data_type: …}\n"
        "      - name: events\n"
        "        columns:\n"
        "          - {name: …, data_type: …}"
    )


def test_what_cant_be_made_up_is_refused():
    column = {"columns": {"id": {"data_type": "int"}, "t": {"data_type": "varchar"}}}
    assert "an expression" in refusal({"orders": {**column, "loaded_at": "cast(t as timestamp)"}})
    assert "its data_type is VARCHAR" in refusal({"orders": {**column, "loaded_at": "t"}})
    kind = {"columns": {"id": {"data_type": "map(int, int)"}}}
    assert refusal({"orders": kind}).startswith(
        "shop.orders.id: no values of the type MAP(INT, INT) can be made up."
    )


def test_a_table_that_only_a_reference_names():
    tables = {
        "customers": {"columns": {"id": {"data_type": "int"}, "city": {}}},
        "orders": {
            "columns": {
                "customer_id": {
                    "tests": [
                        ("relationships", {"to": "source('shop', 'customers')", "field": "id"})
                    ]
                }
            }
        },
    }
    found = specs(tables, only={"orders"})
    assert found["customers"].fields == (Field("id", "INT"),)
    assert found["orders"].field("customer_id").type == "INT"


MODEL = """
{{ config(materialized='incremental') }}
{#- a comment with {{ source('shop', 'nothing') }} -#}
with o as (select *, amount as total from {{ source('shop', 'orders') }}),
recent as (select total, day from o where total > 1)
select r.total, c.city, c."Odd Name", {{ columns() }} as x, day
from recent as r
join {{ source('shop', 'customers') }} as c on c.id = r.total
{% if is_incremental() %} where c.loaded_at > (select max(loaded_at) from {{ this }}) {% endif %}
"""


def test_the_columns_that_models_read():
    assert set(read_columns(MODEL, "duckdb")) == {
        ("shop.orders", "amount"),
        ("shop.customers", "city"),
        ("shop.customers", "Odd Name"),
        ("shop.customers", "id"),
        ("shop.customers", "loaded_at"),
    }
    assert list(read_columns("select {{ nonsense", "duckdb")) == []


def test_columns_are_read_through_a_cte_that_has_them_all():
    text = (
        "with raw as (select * from {{ source('shop', 'orders') }}), named as "
        "(select trim(note) as note, id as order_id, paid from raw) select order_id from named"
    )
    assert set(read_columns(text, "duckdb")) == {
        ("shop.orders", "note"), ("shop.orders", "id"), ("shop.orders", "paid")
    }  # fmt: skip


def test_a_cte_that_a_macro_writes_is_passed_without_a_word(caplog):
    text = (
        "with a as (select * from {{ source('shop', 'orders') }}), b as ({{ utils.last('a') }}) "
        "select b.id from b join {{ source('shop', 'items') }} as i on i.order_id = b.id"
    )
    assert ("shop.items", "order_id") in set(read_columns(text, "duckdb"))
    assert not caplog.records
    manifest = manifest_of({"customers": {"columns": {"ID": {}, "loaded_at": {}}}})
    sources = manifest["sources"].values()
    assert undeclared_columns([{"raw_code": MODEL}], sources, "duckdb") == {
        "shop.customers": ["city", "Odd Name"]
    }
