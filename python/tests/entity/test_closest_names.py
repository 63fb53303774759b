"""Misspelled columns are refused while dbt compiles, with the closest name."""

from __future__ import annotations

from typing import Any

import pytest

ORDERS = "source('raw', 'orders')"
ENTITY = f"entity_kit.entity_model({ORDERS}, 'customer', 'loaded_at', 'updated_at'"
GRAIN = f"events={ORDERS}, occurred_at='updated_at', loaded_at='loaded_at'"
CUSTOMERS = "history=source('raw', 'customers')"
MEASURE = "[{'name': 'total', 'expression': 'sum(amount)', 'description': '.'}]"


@pytest.fixture(scope="module")
def project(make_project: Any) -> Any:
    project = make_project(
        {
            "raw.yml": "sources: [{name: raw, schema: main, tables: [{name: orders}, {name: customers},"
            " {name: texts}]}]"
        }
    )
    project.execute(
        "create table orders (order_id int, customer int, status varchar, amount int,"
        " updated_at timestamp, loaded_at timestamp);"
        "create table customers (customer int, city varchar, durable_key varchar, valid_from timestamp,"
        " valid_to timestamp, is_current boolean, is_deleted boolean, loaded_at timestamp);"
        "create table texts (id int, name varchar, changed_at varchar, loaded_at timestamp)"
    )
    return project


@pytest.mark.slow
@pytest.mark.parametrize(
    ("snippet", "message"),
    [
        (
            f"{ENTITY}, attributes=['statsu'])",
            (
                'entity_model: `attributes` must be a column of "warehouse"."main"."orders";'
                ' got "statsu".\nClosest: status.'
            ),
        ),
        (
            f"{ENTITY}, row_key='order')",
            (
                'entity_model: `row_key` must be a column of "warehouse"."main"."orders"; got "order".\n'
                "Closest: order_id."
            ),
        ),
        (
            f"entity_kit.grain_table('day', 'custommer', {GRAIN})",
            (
                'grain_table: `business_key` must be a column of "warehouse"."main"."orders";'
                ' got "custommer".\nClosest: customer.'
            ),
        ),
        (
            f"entity_kit.grain_table('day', 'customer', {GRAIN}, {CUSTOMERS}, attributes=['citi'])",
            (
                'grain_table: `attributes` must be a column of "warehouse"."main"."customers";'
                ' got "citi".\nClosest: city.'
            ),
        ),
        (
            f"entity_kit.grain_table('day', 'customer', {GRAIN}, measures={MEASURE})",
            (
                "grain_table: `measures[0]` must be a mapping with name, calculation;"
                ' got "expression".\nClosest: calculation.'
            ),
        ),
        (
            "entity_kit.scd2_history(source('raw', 'texts'), 'id', 'changed_at', 'loaded_at')",
            (
                "scd2_history: `changed_at` must be a date or a timestamp; got"
                ' "changed_at, which is varchar".\n'
                "Text is ordered by its letters: cast it to a timestamp in a CTE or an upstream model."
            ),
        ),
    ],
)
def test_what_is_misspelt_is_named(project: Any, snippet: str, message: str) -> None:
    assert project.refused("compile", "--inline", f"{{{{ {snippet} }}}}") == message
