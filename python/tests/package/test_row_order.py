"""How Redshift and Trino order rows that tie, run on DuckDB, which understands the variants' SQL.

The project below has DuckDB take the variant that the variable `row_order` names. What it is held to is DuckDB's own
order of whole rows, and that the order in which rows were inserted doesn't matter.
"""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest
import sqlglot

VARIANT = """
{% macro duckdb___row_order(alias, relation, used, macro_name, argument, used_argument, is_alone) %}
    {% if var('row_order', 'duckdb') == 'redshift' %}
    {{ return(entity_kit.redshift___row_order(alias, relation, used, macro_name, argument, used_argument, is_alone)) }}
    {% elif var('row_order', 'duckdb') == 'trino' %}
    {{ return(entity_kit.trino___row_order(alias, relation, used, macro_name, argument, used_argument, is_alone)) }}
    {% endif %}
    {{ return(entity_kit.duckdb___row_order(alias, relation, used, macro_name, argument, used_argument, is_alone)) }}
{% endmacro %}
"""
SOURCES = """
sources:
  - name: raw
    schema: main
    tables: [{name: changes}, {name: versions}]
"""
ORDERS = ("duckdb", "redshift", "trino")

METRIC = "{'name': 'total', 'calculation': 'sum(amount)', 'description': '.'}"
ENTITY = "business_key='k', loaded_at='loaded_at', updated_at='happened_at'"
GRAIN = (
    "business_key='k', occurred_at='happened_at', loaded_at='loaded_at', row_key='row_id',"
    f" deleted_when=\"note = 'gone'\", measures=[{METRIC}]"
)
CTE = "with taken as (select * from {{ source('raw', 'changes') }})\n"
MODELS = {
    "entity_log": "{{ entity_kit.entity_model(source('raw', 'changes'), row_key='row_id',"
    f" deleted_when=\"note = 'gone'\", metrics=[{METRIC}], " + ENTITY + ") }}",
    "entity_rows": "{{ entity_kit.entity_model(source('raw', 'changes'), " + ENTITY + ") }}",
    "entity_of_cte": CTE
    + "{{ entity_kit.entity_model('taken', attributes=['note', '\"odd \"\"name\"'], "
    f"metrics=[{METRIC}], " + ENTITY + ") }}",
    "entity_log_of_cte": CTE
    + "{{ entity_kit.entity_model('taken', row_key='row_id', attributes=['note', 'flag'],"
    f" deleted_when=\"note = 'gone'\", metrics=[{METRIC}], source_columns=['amount', 'note'], "
    + ENTITY
    + ") }}",
    "entity_log_of_ephemeral": "{{ entity_kit.entity_model(ref('passed_on'), row_key='row_id', attributes=['note'],"
    f" metrics=[{METRIC}], source_columns='amount', " + ENTITY + ") }}",
    "days": "{{ entity_kit.grain_table('day', events=source('raw', 'changes'), history=source('raw', 'versions'),"
    " attributes=['city'], " + GRAIN + ") }}",
    "days_of_ctes": CTE + ", told as (select * from {{ source('raw', 'versions') }})\n"
    "{{ entity_kit.grain_table('day', events='taken', history='told', attributes=['city'],"
    " event_columns=['amount', 'note'], " + GRAIN + ") }}",
}
PASSED_ON = "{{ config(materialized='ephemeral') }} select * from {{ source('raw', 'changes') }}"

TABLES = {
    "changes": 'k integer, row_id integer, note varchar, "odd ""name" varchar, amount integer, flag boolean,'
    " happened_at timestamp, loaded_at timestamp",
    "versions": "k integer, city varchar, valid_from timestamp, valid_to timestamp, is_current boolean,"
    " is_deleted boolean, loaded_at timestamp",
}
DAYS = [f"2024-01-0{day} 00:00:00" for day in (1, 2)]
ROWS = {
    # Many rows tie in key, row, and both times: all that the models name.
    "changes": [
        (*row, "2024-02-01 00:00:00")
        for row in itertools.product(
            (1, 2),
            (1, None),
            ("gone", None, "it's", 'a "b", c', ""),
            ('"', None),
            (7, None),
            (True, None),
            DAYS[:1],
        )
    ]
    + [(1, None, "later", None, 1, False, DAYS[1], "2024-02-01 00:00:00")],
    "versions": [
        (key, city, DAYS[0], end, end is None, deleted, loaded)
        for key, city, end, deleted, loaded in itertools.product(
            (1, 2), ("Ghent", None, 'a "b"'), (DAYS[1], None), (True, False), DAYS
        )
    ],
}


def fill(connection: Any, seed: int) -> None:
    """Create the tables, with their rows in an order that depends on the seed."""
    for table, columns in TABLES.items():
        rows = list(ROWS[table])
        random.Random(seed).shuffle(rows)  # noqa: S311 - no secret
        values = ", ".join(f"({', '.join(map(literal, row))})" for row in rows)
        connection.execute(f"create or replace table {table} ({columns})")
        connection.execute(f"insert into {table} values {values}")


def literal(value: object) -> str:
    if value is None:
        return "null"
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)


@pytest.fixture(scope="module")
def project(make_project):
    models = {f"{name}.sql": text for name, text in MODELS.items()}
    made = make_project(
        models | {"passed_on.sql": PASSED_ON, "sources.yml": SOURCES},
        macros={"variant.sql": VARIANT},
    )
    fill(made, 0)
    return made


@pytest.fixture(scope="module")
def compiled(project):
    """Compile each model by each order."""
    return {
        order: {
            each.node.name: each.node.compiled_code
            for each in project.run(
                "compile", "--select", *MODELS, "--vars", f"row_order: {order}"
            ).results
        }
        for order in ORDERS
    }


def test_the_variants_are_taken(compiled):
    for name in MODELS:
        assert compiled["redshift"][name] != compiled["duckdb"][name]
        assert compiled["redshift"][name] == compiled["trino"][name]
    assert " desc nulls first" not in "".join(compiled["duckdb"].values())


@pytest.mark.parametrize("model", MODELS)
def test_the_same_rows_are_chosen_in_whatever_order_they_were_inserted(project, compiled, model):
    with project.scratch() as connection:
        results = []
        for seed in range(4):
            fill(connection, seed)
            for order in ("duckdb", "redshift"):
                rows = connection.execute(compiled[order][model]).fetchall()
                results.append((order, sorted(rows, key=repr)))
        of_own = [rows for order, rows in results if order == "duckdb"]
        of_redshift = [rows for order, rows in results if order == "redshift"]
    assert of_own[0]
    assert of_own == of_own[:1] * 4
    assert of_redshift == of_redshift[:1] * 4
    if "cte" not in model and "ephemeral" not in model:  # there the columns are in another order
        assert of_redshift == of_own


def test_rows_that_differ_in_json_alone_have_an_order(project):
    project.execute(
        "create or replace table documents as select * from (values"
        " (1, json('{\"a\":1}'), map {'x': 1}), (1, json('{\"a\":2}'), map {'x': 1}), (1, json('{\"a\":2}'), null),"
        " (1, null, map {'x': 2})) as t (k, document, pairs)",
    )
    snippet = (
        "{{ entity_kit.trino___row_order('t', api.Relation.create(schema='main', identifier='documents'), none,"
        " 'm', 'a') }}"
    )
    order = project.render(snippet)
    assert " ".join(order.split()) == (
        "t.k desc nulls first, json_format(cast(t.document as json)) desc nulls first,"
        " json_format(cast(t.pairs as json)) desc nulls first"
    )
    project.execute("create or replace macro json_format(x) as cast(x as varchar)")
    rows = project.query(f"select document, pairs from documents as t order by {order}")
    assert rows == [
        (None, {"x": 2}),
        ('{"a":2}', None),
        ('{"a":2}', {"x": 1}),
        ('{"a":1}', {"x": 1}),
    ]


def test_a_type_without_an_order_is_left_out(project):
    snippet = (
        "{{ entity_kit._order_by_columns('t', api.Relation.create(schema='main', identifier='changes'), none,"
        " 'm', 'a', without_order=['varchar', 'timestamp']) }}"
    )
    assert " ".join(project.render(snippet).split()) == (
        "t.k desc nulls first, t.row_id desc nulls first, t.amount desc nulls first, t.flag desc nulls first"
    )


TO_BE_NAMED = (
    "Versions of a row that tie are ordered by their columns, and the columns of a CTE aren't known while dbt compiles:"
    " list those that the model uses, or make it a view."
)


@pytest.mark.parametrize("order", ["redshift", "trino"])
@pytest.mark.parametrize(
    ("snippet", "message"),
    [
        (
            CTE + "{{ entity_kit.grain_table('day', events='taken', " + GRAIN + ") }}",
            f'grain_table: `events` must be a relation, or a CTE with `event_columns`; got "taken".\n{TO_BE_NAMED}',
        ),
        (
            "{{ entity_kit.entity_model(ref('passed_on'), row_key='row_id', attributes=['note'], "
            + ENTITY
            + ") }}",
            "entity_model: `source` must be a relation, or a CTE with `source_columns`; got __dbt__cte__passed_on.\n"
            + TO_BE_NAMED,
        ),
    ],
)
def test_versions_of_a_row_in_a_cte_of_unknown_columns_are_refused(
    project, order, snippet, message
):
    assert (
        project.refused("compile", "--inline", snippet, "--vars", f"row_order: {order}") == message
    )


def test_columns_of_a_cte_are_names(project):
    message = project.refused(
        "compile",
        "--inline",
        CTE
        + "{{ entity_kit.grain_table('day', events='taken', event_columns='a + 1', "
        + GRAIN
        + ") }}",
    )
    assert message.startswith(
        'grain_table: `event_columns` must be names of columns; got "a + 1".\n'
    )


@pytest.mark.parametrize(
    "instant", ["2024-01-01 00:00:00", "1969-12-31 23:59:59.000001", "2038-01-19 03:14:08.5"]
)
def test_a_microsecond_earlier_on_trino(project, instant):
    trino = project.render(
        "{{ entity_kit.trino___dateadd('microsecond', -1, \"timestamp '" + instant + "'\") }}"
    )
    (sql,) = sqlglot.transpile(f"select {trino}", read="trino", write="duckdb")
    project.execute(
        "create or replace macro to_unixtime(x) as epoch(x);"
        " create or replace macro from_unixtime_nanos(x) as make_timestamptz(x // 1000)"
    )
    expected = f"select timestamp '{instant}' - interval 1 microsecond"
    assert project.query(sql) == project.query(expected)
