"""Keys and values are equal if DuckDB says so, whatever their spelling, in hashes and in tables.

dbt compiles once; DuckDB runs the rest.
"""

from __future__ import annotations

import json

import duckdb
import pytest
from equal_values import TYPES, VARIANTS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.usefixtures("duckdb_only")
QUICK = settings(
    max_examples=15, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
# The expressions of a column `v`, where its type is known and where it isn't.
EXPRESSIONS = """
{%- set found = {} -%}
{%- for name in NAMES -%}
{%- set types = entity_kit._key_types(source('raw', 'raw_' ~ name), ['v']) -%}
{%- do found.update({name: [
    entity_kit._durable_key(['v'], types), entity_kit._canonical('v', types['v']),
    entity_kit.hashdiff(['v']), entity_kit._canonical('v')
]}) -%}
{%- endfor -%}
{{ tojson(found) }}
"""
MEASURES = "[{'name': 's', 'calculation': 'sum(x)', 'description': '.'}]"
# The key is one column, which dbt compares, or two, of which dbt compares the hash.
MODELS = {
    "history": "scd2_history(SOURCE, 'k', 'changed', 'loaded', tracked_columns=['v'])",
    "current": "scd1_current(SOURCE, ['k', 'n'], 'changed', 'loaded', tracked_columns=['v'])",
    "entity": "entity_model(SOURCE, ['k', 'n'], 'loaded', 'changed', ['v'], " + MEASURES + ")",
    "single": "entity_model(SOURCE, 'k', 'loaded', 'changed', [], " + MEASURES + ")",
    "grain": "grain_table('hour', 'k', SOURCE, 'changed', 'loaded', "
    + MEASURES
    + ", spine='sparse')",
}
CTE = "with log as (select * from {{ source('raw', 'raw_double') }}) {{ entity_kit."
CASES = [(model, name) for model in MODELS for name in ("double", "neither")]
CASES += [(model, "cte") for model in ("history", "entity")]


def table(kind: str) -> str:
    return f"(k {kind}, n integer, v {kind}, changed timestamp, loaded timestamp, x integer)"


def model(macro: str, name: str) -> str:
    if name == "cte":
        return CTE + MODELS[macro].replace("SOURCE", "'log'") + " }}"
    return (
        "{{ entity_kit." + MODELS[macro].replace("SOURCE", f"source('raw', 'raw_{name}')") + " }}"
    )


@pytest.fixture(scope="module")
def project(make_project):
    sources = ", ".join(f"{{name: raw_{name}}}" for name in TYPES)
    project = make_project(
        {"raw.yml": f"sources: [{{name: raw, schema: main, tables: [{sources}]}}]"}
        | {f"{macro}_{name}.sql": model(macro, name) for macro, name in CASES}
    )
    tables = [f"create table raw_{name} {table(kind)}" for name, (kind, _) in TYPES.items()]
    project.execute(";".join(tables))
    return project


@pytest.fixture(scope="module")
def expressions(project):
    return json.loads(project.render(EXPRESSIONS.replace("NAMES", repr(list(TYPES)))))


@pytest.fixture(scope="module")
def compiled(project):
    """Compile each model for a first run and for later ones, with the key by which dbt deletes."""

    def compile_all(*flags):
        nodes = [result.node for result in project.run("compile", *flags).results]
        return {node.name: node for node in nodes if node.resource_type == "model"}

    first = compile_all("--full-refresh")
    project.execute(
        ";".join(f"create table {name} as {node.compiled_code}" for name, node in first.items())
    )
    later = compile_all()
    return {
        name: (first[name].compiled_code, later[name].compiled_code, later[name].config.unique_key)
        for name in first
    }


def warehouse(name: str) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("set threads = 1; set timezone = 'UTC'")
    connection.execute("attach ':memory:' as warehouse; use warehouse")
    connection.execute(f"create table raw_{name} {table(TYPES[name][0])}")
    return connection


@pytest.mark.slow
@pytest.mark.parametrize("name", TYPES)
def test_hashes_differ_where_values_do(expressions, name):
    connection = warehouse(name)
    known, value, hidden, hidden_value = expressions[name]

    @QUICK
    @given(st.lists(TYPES[name][1], min_size=2, max_size=8))
    def run(drawn):
        connection.execute(f"delete from raw_{name}")
        for n, drawn_value in enumerate([*drawn, "null"]):
            connection.execute(f"insert into raw_{name} (n, v) values ({n}, {drawn_value})")
        connection.execute(
            f"create or replace temp table hashed as select v, {known} as known, {hidden} as hidden,"
            f" {value} as value, {hidden_value} as hidden_value from raw_{name}"
        )
        differ = "(one.{0} = other.{0}) <> (one.v is not distinct from other.v)"
        # Of equal values one is shown, and it is equal to them. A union's own stays.
        shown = (
            "({0}.{1} is distinct from {0}.v or one.v = other.v"
            " and md5({0}.{1}::varchar) <> md5(other.{1}::varchar))"
        )
        rules = [differ.format(column) for column in ("known", "hidden")]
        if name != "union":
            rules += [shown.format("one", column) for column in ("value", "hidden_value")]
        wrong = connection.execute(
            "select one, other from hashed as one, hashed as other where " + " or ".join(rules)
        ).fetchall()
        assert not wrong
        grouped = "select count(*) from (select {0} from hashed group by {0})"
        counts = {connection.execute(grouped.format(c)).fetchone() for c in ("v", "known")}
        assert len(counts) == 1

    run()


def replace_rows(connection, unique_key) -> None:
    """Delete and insert as dbt-duckdb does."""
    if isinstance(unique_key, str):
        where = f"where ({unique_key}) in (select ({unique_key}) from made)"
        connection.execute(f"delete from built {where}")
    else:
        same = " and ".join(f"made.{key} = built.{key}" for key in unique_key)
        connection.execute(f"delete from built using made where ({same})")
    connection.execute("insert into built by name from made")


def texts(connection, relation):
    """Return the rows with every value as text, because Python can't show all spellings."""
    found = connection.execute(f"select columns(*)::varchar from {relation}").fetchall()
    # DuckDB writes a negative NaN into three and a half bytes.
    return sorted([(value or "?").replace("-na\x00", "-nan") for value in row] for row in found)


@pytest.mark.slow
@pytest.mark.parametrize(("macro", "name"), CASES)
def test_incremental_equals_full_refresh(compiled, macro, name):
    type_name = "double" if name == "cte" else name
    connection, values = warehouse(type_name), TYPES[type_name][1]
    first, later, unique_key = compiled[f"{macro}_{name}"]
    later = later.replace(f'"main"."{macro}_{name}"', '"main"."built"')
    row = st.tuples(values, values, st.integers(0, 3), st.integers(1, 3))

    @settings(QUICK, max_examples=12)
    @given(st.lists(row, min_size=2, max_size=6))
    def run(drawn):
        for step in (1, 2, 3):
            connection.execute(f"delete from raw_{type_name}")
            for key, value, hour, loaded in drawn:
                if loaded <= step:
                    connection.execute(
                        f"insert into raw_{type_name} values ({key}, 1, {value},"
                        f" '2024-01-01 {hour:02}:00', '2024-01-{loaded:02}', 1)"
                    )
            if step == 1:
                connection.execute(f"create or replace table built as {first}")
            else:
                connection.execute(f"create or replace temp table made as {later}")
                replace_rows(connection, unique_key)
            assert texts(connection, "built") == texts(connection, f"({first})")

    run()


@pytest.mark.slow
def test_variants_hash_alike_where_duckdb_says_they_are_equal(empty_project):
    expression = empty_project.render("{{ entity_kit._durable_key(['v'], {'v': 'VARIANT'}) }}")
    connection = duckdb.connect()
    if not connection.execute("from duckdb_types() where type_name = 'variant'").fetchall():
        pytest.skip("DuckDB has variants from 1.4 on")
    connection.execute("create table drawn (v variant)")

    @settings(QUICK, max_examples=30)
    @given(st.lists(VARIANTS, min_size=2, max_size=8))
    def run(drawn):
        connection.execute("delete from drawn; insert into drawn values (null)")
        for value in drawn:
            connection.execute(f"insert into drawn values ({value})")
        wrong = connection.execute(
            f"with hashed as (select v, {expression} as h from drawn)"
            " select one.v::varchar, variant_typeof(one.v), other.v::varchar, variant_typeof(other.v)"
            " from hashed as one, hashed as other"
            " where (one.h = other.h) <> (one.v is not distinct from other.v)"
        ).fetchall()
        assert not wrong

    run()
