"""What DuckDB before 2.0 plans badly, and what our SQL therefore avoids.

A join whose condition holds an `or` compares each row with each. A join in a correlated subquery is made for each of the
outer rows (1.3).
"""

from __future__ import annotations

import pytest
import sqlglot
from sqlglot import exp

MODELS = {
    "raw.yml": "sources: [{name: raw, schema: main, tables: [{name: orders}, {name: customers}]}]",
    "joined.sql": """{{ entity_kit.scd2_join(
        source('raw', 'orders'), source('raw', 'customers'), 'customer_id', 'ordered_at', columns='city'
    ) }}""",
    "joined_first.sql": """{{ entity_kit.scd2_join(
        source('raw', 'orders'), source('raw', 'customers'), 'customer_id', 'ordered_at', columns='city',
        before_first='first'
    ) }}""",
    "big.sql": """{{ entity_kit.one_big_table(source('raw', 'orders'), dimensions=[{
        'relation': source('raw', 'customers'), 'on': 'customer_id', 'as_of': 'ordered_at', 'columns': ['city']
    }]) }}""",
    "days.sql": """{{ entity_kit.grain_table(
        'day', 'customer_id', source('raw', 'orders'), 'ordered_at', 'loaded_at',
        row_key='order_id', trailing=[{'name': 'orders_7d', 'calculation': 'count(*)', 'periods': 7, 'description': '.'}],
        history=source('raw', 'customers'), attributes=['city']
    ) }}""",
}
TABLES = """
create table orders (order_id int, customer_id int, ordered_at timestamp, loaded_at timestamp);
create table customers (
    customer_id int, city text, durable_key text, surrogate_key text, hashdiff text, valid_from timestamp,
    valid_to timestamp, is_current boolean, is_deleted boolean, loaded_at timestamp
);
"""


@pytest.fixture(scope="module")
def project(make_project):
    project = make_project(MODELS)
    project.execute(TABLES)
    return project


@pytest.fixture(scope="module")
def compiled(project):
    return project.compiled_all(["joined", "joined_first", "big", "days"], full_refresh=True)


@pytest.mark.parametrize("model", ["joined", "joined_first", "big", "days"])
def test_no_join_s_condition_holds_an_or(compiled, model):
    joins = [
        join.args["on"]
        for join in sqlglot.parse_one(compiled[model], dialect="duckdb").find_all(exp.Join)
        if join.args.get("on") is not None
    ]
    assert joins
    assert [on.sql("duckdb") for on in joins if on.find(exp.Or)] == []


def test_no_subquery_of_an_incremental_grain_table_joins(project):
    project.run("run", "--select", "days")
    parsed = sqlglot.parse_one(project.compiled("days"), dialect="duckdb")
    subqueries = list(parsed.find_all(exp.Exists))
    assert subqueries
    assert [found.sql("duckdb") for found in subqueries if found.find(exp.Join)] == []
