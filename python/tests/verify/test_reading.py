"""What a model reads besides what it names with `ref` and `source`, as far as its text tells."""

from __future__ import annotations

from typing import Any

import pytest

from entity_kit.dbt_bridge.reading import are_apart, common_texts, unknown, unknown_in

FCT, OTHER = "model.shop.fct", "model.shop.other"


def node(name: str, code: str, macros: list[str], **changed: Any) -> dict[str, Any]:
    return {
        "unique_id": f"model.shop.{name}",
        "name": name,
        "alias": changed.pop("alias", name),
        "package_name": changed.pop("package", "shop"),
        "resource_type": "model",
        "language": changed.pop("language", "sql"),
        "raw_code": code,
        "depends_on": {"macros": macros},
        "config": {"materialized": "incremental", **changed},
    }


def macro(unique_id: str, sql: str, calls: tuple[str, ...] = ()) -> dict[str, Any]:
    _, package, name = unique_id.split(".")
    return {
        "unique_id": unique_id,
        "name": name,
        "package_name": package,
        "macro_sql": sql,
        "depends_on": {"macros": list(calls)},
    }


def manifest(code: str, macros: dict[str, str] | None = None, **changed: Any) -> dict[str, Any]:
    """Return a project of `fct`, which calls these macros, and `other`, which it doesn't read."""
    called = {u: macro(u, sql) for u, sql in (macros or {}).items()}
    changed.setdefault("alias", "fct")
    return {
        "nodes": {
            FCT: node("fct", code, list(called), **changed),
            OTHER: node("other", "select 1 as i", [], alias="its_table"),
        },
        "macros": called,
        "parent_map": {FCT: [], OTHER: []},
    }


RIGHT = (
    "select * from {{ ref('stg') }} where id > (select max(id) from {{ this }})",
    "select current_timestamp as at, date_trunc('day', x) from {{ source('shop', 'orders') }}",
    "with other as (select * from {{ ref('stg') }}) select other.i from other join other as o",
    "select '{{ env_var(\"REGION\") }}' as region from {{ ref('stg') }}",
    "-- as main.other, with random()\nselect 1",
    "with a as (select 1), other as (select * from a) select other.i, 1 as j from other, a",
    "{% set names = ['a', 'b'] %}\n{% set more = 1 %} select 1",
    "{# from main.other #} select 1",
    "{% if target.name == 'prod' %} select 1 {% endif %}",
    "select pages, averages, grandom from {{ ref('a') }}",
    "select {{ dbt_utils.star(ref('stg')) }} from {{ ref('stg') }}",
    "select {{ adapter.quote('x') }} from {{ ref('stg') }}",
    "{% set found = run_query('select 1') %} select 1",
)


@pytest.mark.parametrize("code", RIGHT)
def test_a_model_that_reads_what_it_names_is_known_and_apart(code: str):
    project = manifest(code)
    assert unknown(project, {FCT}) == {}
    assert are_apart(project, {FCT}, [FCT], "")


UNKNOWN = {
    "select random() as r": "`random(`",
    "select uuid() as r": "`uuid(`",
    "select nextval('numbers')": "`nextval(`",
    "select * from read_csv('x')": "`read_csv(`",
    "select * from read_parquet({{ var('x') }})": "`read_parquet(`",
    "select * from sqlite_scan('x', 'y')": "`sqlite_scan(`",
    "select * from 'x.data'": "`from '`",
    'select * from "x.parquet"': '`"x.parquet"`',
    "select * from {{ var('file', 'x.csv.gz') }}": "`'x.csv.gz'`",
    "select * from t tablesample 10%": "`tablesample`",
    "select '{{ invocation_id }}'": "`invocation_id`",
    "select '{{ modules.datetime.datetime.now() }}'": "`datetime.now`",
    "select age(ordered_at)": "`age(`",
    "select getenv('HOME')": "`getenv(`",
    "select {{ [1, 2] | random }}": "`| random`",
    "select reservoir_quantile(x, 0.5)": "`reservoir_quantile(`",
    "select * from postgres_query('x', 'select 1')": "`postgres_query(`",
    "select '{{ env_var('A' ~ x) }}', '{{ env_var(name) }}'": "`env_var(n`",
}


@pytest.mark.parametrize("code", UNKNOWN)
def test_what_cant_be_compared_with_what_it_was_is_found(code: str):
    assert unknown(manifest(code), {FCT}) == {FCT: UNKNOWN[code]}


def test_it_is_found_in_macros_hooks_and_what_runs_beside():
    called = {"macro.shop.drawn": "{% macro drawn() %}random(){% endmacro %}"}
    assert unknown(manifest("select 1", called), {FCT}) == {FCT: "`random(`"}
    hooked = manifest("select 1", **{"post-hook": [{"sql": "select uuid()"}]})
    assert unknown(hooked, {FCT}) == {FCT: "`uuid(`"}
    assert unknown_in("select random()") == "`random(`"
    python = manifest("def model(dbt, session): ...", language="python")
    assert unknown(python, {FCT}) == {FCT: "fct is a Python model"}
    # Of a model that isn't asked for it doesn't matter.
    assert unknown(manifest("select random()"), {OTHER}) == {}


@pytest.mark.parametrize(
    "code",
    [
        "select * from main.other",
        "select * from its_table",
        'select * from "warehouse"."main"."its_table"',
        "with its_table as (select 1) select * from its_table, main.its_table",
        "with its_table as (select * from its_table) select * from its_table",
        "select * from its_table union all (with its_table as (select 1) select * from its_table)",
        "select * from (with its_table as (select 1) select * from its_table) join its_table",
        "-- {{ run_query('select * from main.other') }}",
        "create or replace view v as select 1",
        "create temp table t as select 1",
        "create macro twice(x) as 2 * x",
        "set TimeZone = 'Asia/Tokyo'",
        "select 1; use other_schema",
        "{% do run_query('set threads = 1') %}",
        "select * from {{ target.schema }}.x",
        "select * from fct_{{ name }}",
        "select * from {{ var('schema') }}.x",
        "select * from {{ this.schema }}.x",
        "{{ config(alias=target.database ~ 'x') }}",
        "{% for node in graph.nodes.values() %}{% endfor %}",
        "select * from information_schema.tables",
        "select * from duckdb_tables()",
        "{% set r = adapter.get_relation(database, schema, 'x') %}",
        "{% set r = api.Relation.create(schema='main', identifier='x') %}",
        "{% do run_query('insert into main.x select 1') %}",
        "{% set found = run_query('select * from OTHER') %}",
        "{% set found = run_query('select * from ' ~ name) %}",
    ],
)
def test_a_model_that_may_read_or_write_another_isnt_apart(code: str):
    assert not are_apart(manifest(code), {FCT}, [FCT], "")
    calls = {"macro.shop.called": f"{{% macro called() %}}{code}{{% endmacro %}}"}
    assert not are_apart(manifest("select 1", calls), {FCT}, [FCT], "")
    hooked = manifest("select 1", **{"pre-hook": [{"sql": code}]})
    assert not are_apart(hooked, {FCT}, [FCT], "")


def test_a_table_of_the_same_name_in_another_schema_counts():
    project = manifest("select * from raw.its_table", alias="its_table")
    assert not are_apart(project, {FCT}, [FCT], "")


def test_a_name_in_a_variable_counts():
    project = manifest("select * from {{ var('table') }}")
    assert are_apart(project, {FCT}, [FCT], '{"table": "main.orders"}')
    assert not are_apart(project, {FCT}, [FCT], '{"table": "main.its_table"}')


def test_hooks_that_write_to_the_models_own_table_are_fine():
    for sql, apart in (
        ("delete from {{ this }} where i is null", True),
        ("create index i on {{ this }} (i)", True),
        ("delete from {{ ref('stg') }}", False),
    ):
        project = manifest("select 1", **{"post-hook": [{"sql": sql}]})
        assert are_apart(project, {FCT}, [FCT], "") is apart


def test_what_runs_beside_each_run_or_builds_in_its_own_way_isnt_apart():
    project = manifest("select 1")
    project["nodes"]["operation.shop.start"] = {"package_name": "shop", "raw_code": "select 1"}
    assert not are_apart(project, {FCT}, [FCT], "")
    ours = manifest("select 1")
    ours["nodes"]["operation.entity_kit.end"] = {"package_name": "entity_kit", "raw_code": ""}
    assert are_apart(ours, {FCT}, [FCT], "")
    assert not are_apart(manifest("select 1", materialized="own"), {FCT}, [FCT], "")


def test_our_own_macros_are_known_but_for_those_that_read_the_graph():
    plain = {"macro.entity_kit.scd2_history": "{{ adapter.get_relation(x) }} random()"}
    project = manifest("{{ entity_kit.scd2_history(ref('a')) }}", plain)
    assert unknown(project, {FCT}) == {}
    assert are_apart(project, {FCT}, [FCT], "")
    graph = {"macro.entity_kit.metric_table": "{{ graph.metrics }}"}
    assert not are_apart(manifest("select 1", graph), {FCT}, [FCT], "")


def test_a_macro_that_replaces_one_of_dbts_own_counts_without_being_called():
    project = manifest("select 1")
    for name, theirs, apart in (
        ("create_table_as", "select * from information_schema.tables", False),
        ("generate_schema_name", "{{ target.schema }}", True),
        ("get_incremental_own_sql", "select * from information_schema.tables", False),
        ("unrelated", "select * from information_schema.tables", True),
    ):
        unique_id = f"macro.shop.{name}"
        project["macros"] = {
            "macro.dbt.create_table_as": macro("macro.dbt.create_table_as", "create table"),
            "macro.dbt.generate_schema_name": macro("macro.dbt.generate_schema_name", ""),
            unique_id: macro(unique_id, theirs),
        }
        assert are_apart(project, {FCT}, [FCT], "") is apart
        assert list(common_texts(project)) == ([theirs] if name not in _NOT_BY_DBT else [])


_NOT_BY_DBT = {"generate_schema_name", "unrelated"}
