"""`deprecated_model_usage`: who reads a deprecated relation, from the engine's query history."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlglot
from sqlglot import exp

from entity_kit.dbt_bridge.patches import clock as clock_patch

COLUMNS = [
    "model_name",
    "unique_id",
    "relation",
    "replacement",
    "sunset_date",
    "user_name",
    "used_on",
    "reads",
    "first_read_at",
    "last_read_at",
    "history",
]
MODEL = (
    "{{ entity_kit.deprecate('new_one', '2026-03-01', '2026-06-30', 'r', 'team') }} select 1 as x"
)
DIALECTS = ["snowflake", "bigquery", "databricks", "redshift", "postgres"]


@pytest.fixture(scope="module")
def project(make_project, engine):
    return make_project(
        {
            "old_one.sql": MODEL,
            "older.sql": "{{ config(materialized='ephemeral') }}" + MODEL,
            "new_one.sql": "select 1 as x",
        },
        variables={"entity_kit_deprecated_model_usage": True, "entity_kit_on_sunset": "warn"},
        engine=engine,
    )


def columns_of(project):
    return [
        name
        for (name,) in project.query(
            "select column_name from information_schema.columns "
            f"where table_name = 'deprecated_model_usage' and table_schema = '{project.schema}' "
            "order by ordinal_position"
        )
    ]


@pytest.mark.slow
@pytest.mark.usefixtures("duckdb_only")
def test_without_a_history_it_is_empty_and_says_why(project):
    from dbt.cli.main import dbtRunner

    project.let_go()
    said = []
    folder = str(project.folder)
    places = [
        "--project-dir",
        folder,
        "--profiles-dir",
        folder,
        "--target-path",
        f"{folder}/target",
    ]
    result = dbtRunner(
        manifest=project.manifest(), callbacks=[lambda event: said.append(str(event.info.msg))]
    ).invoke(["run", "-s", "deprecated_model_usage", *places, "--log-path", f"{folder}/logs"])
    assert result.success
    reason = "duckdb keeps no query history."
    assert f"entity_kit: deprecated_model_usage is empty: {reason}" in said
    assert project.query("select * from deprecated_model_usage") == []
    assert columns_of(project) == COLUMNS
    assert project.query(
        "select comment from duckdb_tables() where table_name = 'deprecated_model_usage'"
    ) == [(f"Empty: {reason}",)]


def test_it_builds_again_and_with_nothing_deprecated(project, at):
    for date in ("2026-03-10", "2026-07-01"):
        assert at(project, date, "run", "-s", "deprecated_model_usage").success
    assert columns_of(project) == COLUMNS


def test_postgres_counts_what_read_it(project, engine, at):
    if engine != "postgres":
        pytest.skip("Postgres has this history, DuckDB none")
    at(project, "2026-03-10", "run")
    loaded = "select count(*) from pg_settings where name = 'pg_stat_statements.max'"
    if project.query(loaded) == [(0,)]:
        pytest.skip("needs a server with pg_stat_statements in shared_preload_libraries")
    project.execute("create extension if not exists pg_stat_statements schema public")
    project.execute("select public.pg_stat_statements_reset()")
    old = f"{project.schema}.old_one"
    for sql in (
        f"select * from {old}",
        f"select x from {old}",
        f'SELECT a.x FROM new_one a\nJOIN "{project.schema}"."old_one" b ON a.x = b.x',
        # None of these reads it.
        f"select * from {project.schema}.new_one",
        "with old_one as (select 1 as x) select * from old_one",
        f"drop view if exists {old}_2",
        f"select 'about {old}' as said",
        f"comment on view {old} is 'from {old}x'",
    ):
        project.execute(sql)
    assert at(project, "2026-03-11", "run", "-s", "deprecated_model_usage").success
    rows = project.query(
        "select model_name, replacement, sunset_date, used_on, reads, history from deprecated_model_usage"
    )
    assert rows == [
        ("old_one", "new_one", dt.date(2026, 6, 30), None, 3, "pg_stat_statements"),
    ]


@pytest.fixture(scope="module")
def rendered(make_project):
    """Render the variants of engines that aren't available, in one compilation."""
    project = make_project({"old_one.sql": MODEL, "new_one.sql": "select 1 as x"})
    # Postgres' looks at the server first, so its tests run there.
    snippets = [
        "{{ entity_kit." + f"{name}__deprecated_model_usage()" + " }}" for name in DIALECTS[:4]
    ]
    clock_patch.install()
    clock_patch.set_clock(dt.datetime(2026, 3, 10, 12, tzinfo=dt.timezone.utc))
    try:
        parts = project.render("\n#####\n".join(snippets)).split("\n#####\n")
    finally:
        clock_patch.set_clock(None)
    return dict(zip(DIALECTS, parts, strict=False))


@pytest.mark.parametrize(
    ("dialect", "history"),
    [
        ("snowflake", "access_history"),
        ("bigquery", "JOBS_BY_PROJECT"),
        ("databricks", "table_lineage"),
        ("redshift", "sys_query_history"),
    ],
)
def test_the_other_engines_sql_parses(rendered, dialect, history):
    # The rows of the register are written for the engine at hand, which is DuckDB here.
    sql = rendered[dialect]
    start, end = sql.index("with deprecated as (") + 20, sql.index("\n),\n\nreads as (")
    sql = sql[:start] + "select 1 as relation_key, 2 as pattern" + sql[end:]
    tree = sqlglot.parse_one(sql, read=dialect)
    assert not list(tree.find_all(exp.Command))
    assert [each.alias_or_name for each in tree.selects] == COLUMNS
    assert any(history in table.sql(dialect=dialect) for table in tree.find_all(exp.Table))
    assert "2026-03-10 00:00:00" in sql


@pytest.mark.parametrize(
    ("query", "reads"),
    [
        ("select * from main.old_one", True),
        ('select * from "Warehouse"."MAIN"."Old_One" as o', True),
        ("select * from `main`.`old_one`;", True),
        ("select 1 from a join\n  main.old_one on true", True),
        ("(select * from main.old_one)", True),
        ("select * from main.old_one_2", False),
        ("select * from main.old_one.x", False),
        ("select * from other.old_one", False),
        ("select * from old_one", False),
        ("drop view main.old_one", False),
        ("insert into main.old_one values (1)", False),
    ],
)
def test_what_a_query_reads_is_found_in_its_text(project, query, reads, engine):
    if engine != "duckdb":
        pytest.skip("the schema has another name there")
    pattern = project.render(
        "{{ entity_kit._usage_pattern({'database': 'warehouse', 'schema': 'main', 'alias': 'old_one'}) }}"
    )
    import re

    assert bool(re.search(pattern, query.lower())) is reads
    found = project.query(
        f"select regexp_matches('{query.lower()}', '{pattern}')"  # RE2, as BigQuery has it
    )
    assert found == [(reads,)]


@pytest.mark.parametrize("days", ["'30'", "0", "1.5", "true"])
def test_a_span_that_is_no_number_of_days_is_refused(project, days, engine):
    if engine != "duckdb":
        pytest.skip("compiles the same there")
    words = ("compile", "--inline", "{{ entity_kit._usage_since() }}")
    message = project.refused(*words, "--vars", f"entity_kit_usage_days: {days}")
    assert message.startswith(
        "deprecated_model_usage: `vars.entity_kit_usage_days` must be a whole number of days, 1 or more; got "
    )


def test_its_own_switch_wins_over_the_one_for_all(make_project):
    project = make_project(
        variables={"entity_kit_metadata": True, "entity_kit_deprecated_model_usage": False}
    )
    names = {node.name for node in project.manifest().nodes.values()}
    assert "deprecated_model_usage" not in names
    assert "deprecated_models" in names
