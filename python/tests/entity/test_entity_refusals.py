# ruff: noqa: ISC004 - messages stand as tuples of case and text
"""What the entity family refuses, with complete messages; and its data test."""

from __future__ import annotations

from typing import Any

import pytest

RELATION = "api.Relation.create(schema='main', identifier='orders')"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            "'customer', 'loaded_at', 'updated_at', metrics=[{'name': 'n'}]",
            "entity_model: `metrics[0]` must be a mapping with name, calculation and, where needed,"
            " description, owner, unit, fill; got {'name': 'n'}.\nAdd calculation.",
        ),
        (
            "'customer', 'loaded_at', 'updated_at', attributes=['durable_key']",
            "entity_model: `attributes` must be names that no other column of the table has;"
            ' got "durable_key".\nRename it in a CTE or an upstream model.',
        ),
        (
            "['customer', 'customer'], 'loaded_at', 'updated_at', attributes=[]",
            "entity_model: `business_key` must be a list without duplicates;"
            " got ['customer', 'customer'].\nName \"customer\" once.",
        ),
        (
            "'customer', 'loaded_at', updated, attributes=[]",
            "entity_model: `updated_at` must be a column name or expression; got an undefined name"
            " (are quotes missing?).\nWrite it as text, in quotes, such as 'updated_at'.",
        ),
    ],
)
def test_entity_model_refuses(refused: Any, arguments: str, message: str) -> None:
    assert refused("{{ entity_kit.entity_model(" + RELATION + ", " + arguments + ") }}") == message


def test_a_cte_needs_its_attributes_listed(refused: Any) -> None:
    assert refused(
        "with a as (select 1 as k) {{ entity_kit.entity_model('a', 'k', 'l', 'u') }}",
    ) == (
        'entity_model: `source` must be a relation whose columns can be read; got "a".\n'
        "The columns of a CTE aren't known while dbt compiles: list the columns."
    )


@pytest.mark.slow
def test_entity_placeable_returns_the_rows(make_project: Any) -> None:
    project = make_project(
        {
            "rows.sql": "select null as k1, null as k2, 1 as n union all select null, 2, 3",
            "rows.yml": "models:\n  - name: rows\n    data_tests:\n      - entity_kit.entity_placeable:\n"
            "          arguments: {business_key: [k1, k2]}\n          config: {severity: warn, store_failures: true}\n",
        },
    )
    project.run("build")
    failures = project.query(
        "select table_schema, table_name from information_schema.tables where table_name like 'entity_kit_entity%'",
    )
    ((schema, table),) = failures
    assert project.query(f"select n, failure_reason from {schema}.{table}") == [
        (1, "the whole business key is null"),
    ]


@pytest.mark.slow
def test_attributes_are_all_columns_without_a_role(make_project: Any) -> None:
    project = make_project(
        {
            "current.sql": "{{ entity_kit.entity_model(ref('rows'), 'id', 'synced_at', 'changed_at', "
            "deleted_when=\"state = 'deleted'\") }}",
            "rows.sql": "select 'x' as b, 1 as id, 'y' as a, 'live' as state, timestamp '2024-01-01' as changed_at,"
            " timestamp '2024-01-02' as synced_at",
        },
    )
    project.run("run")
    columns = [row[0] for row in project.query("describe current")]
    assert columns == ["id", "durable_key", "b", "a", "is_deleted", "loaded_at"]
