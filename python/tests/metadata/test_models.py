"""The metadata models, compared with dbt's manifest and results."""

from __future__ import annotations

import json

import pytest
import yaml

pytestmark = pytest.mark.slow

HOSTILE = "It's <b>\"old\"</b>\n'; drop table orders; -- {{ 1 }} \\' ünïcödé 🧊 % $$"
# dbt itself renders what stands in YAML.
SHOWN = HOSTILE.replace("{{ 1 }}", "1")
FACT = """with a as (select * from {{ ref('stg_orders') }})
-- a join in a comment counts as well
select a.*, case when a.id > 0 then 1 end as sign, row_number() over (order by a.id) as n
from a
left join {{ ref('dim_people') }} as d on a.id = d.id
"""
FILES = {
    "stg_orders.sql": "select 1 as id, * from {{ source('shop', 'orders') }}",
    "dim_people.sql": "select 1 as id from {{ ref('stg_orders') }}",
    "fct_orders.sql": FACT,
    "oddly_named.sql": "select * from {{ ref('fct_orders') }} union all select * from {{ ref('fct_orders') }}",
    "fct_wrong.sql": "select amount from {{ source('shop', 'orders') }} union select id from {{ ref('oddly_named') }}",
    "schema.yml": yaml.safe_dump(
        {
            "groups": [
                {"name": "crm", "owner": {"name": "The CRM team", "email": "c@example.com"}}
            ],
            "sources": [
                {"name": "shop", "schema": "raw", "tables": [{"name": "orders"}]},
            ],
            "models": [
                {
                    "name": "stg_orders",
                    "description": HOSTILE,
                    "data_tests": ["entity_kit.coverage_policy", "entity_kit.naming_policy"],
                    "config": {"meta": {"owner": HOSTILE, "entity_kit": {"grain": ["id", "day"]}}},
                    "columns": [
                        {
                            "name": "id",
                            "description": "the key",
                            "data_tests": ["unique", "not_null"],
                        },
                        {"name": "other"},
                    ],
                },
                {
                    "name": "dim_people",
                    "config": {"group": "crm", "access": "public"},
                    "data_tests": [{"entity_kit.coverage_policy": {"name": "coverage_dim"}}],
                    "columns": [{"name": "id", "data_tests": ["unique"]}],
                },
                {
                    "name": "fct_orders",
                    "columns": [
                        {
                            "name": "id",
                            "data_tests": [
                                "unique",
                                "not_null",
                                {
                                    "relationships": {
                                        "arguments": {"to": "ref('dim_people')", "field": "id"},
                                    },
                                },
                                {"accepted_values": {"arguments": {"values": [1]}}},
                            ],
                        },
                    ],
                },
                *(
                    {
                        "name": name,
                        "data_tests": [{"entity_kit.naming_policy": {"name": f"naming_{name}"}}],
                    }
                    for name in ("oddly_named", "fct_wrong")
                ),
            ],
            "exposures": [
                {
                    "name": "board",
                    "type": "dashboard",
                    "owner": {"name": "x", "email": "x@example.com"},
                    "depends_on": ["ref('fct_orders')"],
                },
            ],
        },
    ),
}


@pytest.fixture(scope="module")
def project(make_project, engine):
    project = make_project(
        FILES,
        data_tests={"orders_add_up.sql": "select * from {{ ref('fct_orders') }} where sign < 0"},
        variables={"entity_kit_metadata": True},
        engine=engine,
    )
    project.execute("create schema if not exists raw")
    project.execute("create table if not exists raw.orders as select 5 as amount")
    project.run("run")
    return project


@pytest.fixture(scope="module")
def manifest(project):
    project.run("run", "--write-json", "-s", "stg_orders")
    return json.loads((project.folder / "target/manifest.json").read_text())


def test_dependencies_equal_the_manifests(project, manifest):
    rows = project.query("select parent, child, is_direct, depth from model_dependencies")
    ours = {
        each
        for each in [*manifest["nodes"], *manifest["sources"], *manifest["exposures"]]
        if not each.startswith(("test.", "operation.")) and ".entity_kit." not in each
    }
    edges = {
        (parent, child)
        for child, parents in manifest["parent_map"].items()
        for parent in parents
        if {parent, child} <= ours
    }
    reach = {(pair, 1) for pair in edges}
    shortest = {pair: 1 for pair, _ in reach}
    for depth in range(2, len(ours)):
        for a, b in list(shortest):
            for c, d in edges:
                if b == c and (a, d) not in shortest and shortest[a, b] == depth - 1:
                    shortest[a, d] = depth
    assert {(a, b): depth for a, b, _, depth in rows} == shortest
    assert len(rows) == len(shortest)
    assert all(direct == (depth == 1) for *_, direct, depth in rows)


def test_the_inventory(project):
    rows = project.query(
        "select model_name, layer, grain, owner, materialized, access, is_described, declared_columns, "
        "described_columns, description_coverage, lines, complexity from model_inventory order by 1",
    )
    assert rows == [
        # 1 line; reads 1
        ("dim_people", "dimension", None, "The CRM team", "view", "public", False, 1, 0, 0.0, 1, 2),
        # 5 lines; reads 2, two joins, a case, a window
        ("fct_orders", "fact", None, None, "view", "protected", False, 1, 0, 0.0, 5, 4 + 6 + 2 + 3),
        ("fct_wrong", "fact", None, None, "view", "protected", False, 0, 0, None, 1, 4 + 3),
        ("oddly_named", None, None, None, "view", "protected", False, 0, 0, None, 1, 2 + 3),
        (
            "stg_orders",
            "staging",
            '["id", "day"]',
            SHOWN,
            "view",
            "protected",
            True,
            2,
            1,
            0.5,
            1,
            2,
        ),
    ]


def test_coverage_by_model_and_column(project):
    rows = project.query(
        "select model_name, column_name, unique_tests, not_null_tests, relationships_tests, values_tests, "
        "business_tests, missing, is_covered from test_coverage order by 1, 2 nulls first",
    )
    assert rows == [
        ("dim_people", None, 1, 0, 0, 0, 0, "not_null, business", False),
        ("dim_people", "id", 1, 0, 0, 0, 0, None, None),
        ("fct_orders", None, 1, 1, 1, 1, 1, "", True),
        ("fct_orders", "id", 1, 1, 1, 1, 0, None, None),
        ("fct_wrong", None, 0, 0, 0, 0, 0, "unique, not_null, relationships, business", False),
        ("oddly_named", None, 0, 0, 0, 0, 0, "", True),
        ("stg_orders", None, 1, 1, 0, 0, 0, "", True),
        ("stg_orders", "id", 1, 1, 0, 0, 0, None, None),
        ("stg_orders", "other", 0, 0, 0, 0, 0, None, None),
    ]


def test_policies_as_tests(project, at):
    outcome = at(project, "2026-01-01", "test")
    policies = {
        name: status
        for name, status in outcome.statuses.items()
        if "policy" in name or name.startswith(("naming", "coverage"))
    }
    assert policies == {
        "entity_kit_coverage_policy_stg_orders_": "pass",
        "entity_kit_naming_policy_stg_orders_": "pass",
        "coverage_dim": "fail",
        "naming_oddly_named": "fail",
        "naming_fct_wrong": "fail",
    }
    folder = project.folder / "target/compiled/consumer/models/schema.yml"
    sql = {
        name: (folder / f"{name}.sql").read_text() for name in ("coverage_dim", "naming_fct_wrong")
    }
    assert sorted(project.query(sql["naming_fct_wrong"])) == [
        ("fct_wrong", "fact", "oddly_named", "layer fact may not read a model without a layer"),
        ("fct_wrong", "fact", "orders", "layer fact may not read source"),
    ]
    assert [row[2] for row in project.query(sql["coverage_dim"])] == ["not_null", "business"]


def test_the_layers_are_the_projects_to_choose(make_project, at):
    layers = {"bronze": {"prefixes": ["b_"], "reads": ["bronze"], "tests": ["business"]}}
    project = make_project(
        {
            "b_one.sql": "select 1 as x",
            "stg_two.sql": "select * from {{ ref('b_one') }}",
            "schema.yml": yaml.safe_dump(
                {
                    "models": [
                        {
                            "name": n,
                            "data_tests": [{"entity_kit.naming_policy": {"name": f"n_{n}"}}],
                        }
                        for n in ("b_one", "stg_two")
                    ],
                },
            ),
        },
        variables={"entity_kit_layers": layers},
    )
    outcome = at(project, "2026-01-01", "build")
    assert (outcome.statuses["n_b_one"], outcome.statuses["n_stg_two"]) == ("pass", "fail")


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        (
            "bronze",
            (
                'entity_kit: `vars.entity_kit_layers` must be a mapping of layers; got "bronze".\n'
                "Write {staging: {prefixes: [stg_], reads: [source], tests: [unique, not_null]}}."
            ),
        ),
        (
            {"bronze": {"prefix": "b_"}},
            (
                "entity_kit: `vars.entity_kit_layers.bronze` must be a mapping with prefixes, reads, tests "
                'and, where needed, contract; got "prefix".\nClosest: prefixes.'
            ),
        ),
        (
            {"bronze": {"prefixes": ["b_"], "reads": [], "tests": ["uniqe"]}},
            (
                "entity_kit: `vars.entity_kit_layers.bronze.tests` must be one of unique, not_null, relationships, "
                'business; got "uniqe".\nClosest: unique.'
            ),
        ),
        (
            {"fact": {"contract": "yes"}},
            (
                "entity_kit: `vars.entity_kit_layers.fact.contract` must be true or false; "
                'got "yes".\nWrite contract: true if each of its models needs an enforced contract.'
            ),
        ),
    ],
)
def test_wrong_layers_are_refused(make_project, layers, message):
    project = make_project(
        {"b.sql": "{% do entity_kit._layers() %} select 1 as x"},
        variables={"entity_kit_layers": layers},
    )
    assert project.refused("compile") == message


@pytest.mark.usefixtures("duckdb_only")
def test_engines_without_json_get_the_same_rows(project):
    columns = "{'a': 'text', 'b': 'integer', 'c': 'boolean', 'd': 'date', 'e': 'number', 'f': 'timestamp'}"
    rows = "[['o\\'er', 1, true, '2026-01-31', 0.5, '2026-01-31 10:00:00'], [none, none, none, none, none, none]] * 120"
    found = [
        project.query(project.render("{{ entity_kit." + f"{name}({columns}, {rows})" + " }}"))
        for name in ("default___rows", "duckdb___rows")
    ]
    assert found[0] == found[1]
    assert len(found[0]) == 240


@pytest.mark.parametrize(
    ("engine_name", "literal"),
    [
        ("default", "'a''b\\\nc'"),
        ("snowflake", "'a\\'b\\\\\nc'"),
        ("bigquery", "'a\\'b\\\\\\nc'"),
    ],
)
@pytest.mark.usefixtures("duckdb_only")
def test_literals_of_other_engines(render, engine_name, literal):
    snippet = "{{ entity_kit." + engine_name + '___text_literal("a\'b\\\\\\nc") }}'
    assert render(snippet) == literal


@pytest.mark.usefixtures("duckdb_only")
def test_engines_without_recursion_get_the_same_dependencies(project):
    snippets = [
        "{{ entity_kit." + f"{name}__model_dependencies()" + " }}" for name in ("default", "duckdb")
    ]
    first, second = (sorted(project.query(project.render(snippet))) for snippet in snippets)
    assert first == second
    assert first
