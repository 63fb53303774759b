"""`run_history` and `model_performance`: what a run records, and that recording never changes it."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.slow

MESSAGE = "it's $$ 'broken' -- ; drop table x"
FILES = {
    "fct_good.sql": "{{ config(materialized='table') }} select 1 as x",
    "fct_bad.sql": "select cast('it''s $$ -- ; drop table x' as {{ 'integer' }}) as x from {{ ref('fct_good') }}"
    " where x = case when {{ var('broken', false) }} then 1 else 2 end",
}


@pytest.fixture(scope="module")
def project(make_project, engine):
    bad = (
        "{% if var('broken', false) %}{{ exceptions.raise_compiler_error(\""
        + MESSAGE
        + '") }}{% endif %}'
    )
    return make_project(
        {
            "fct_good.sql": "{{ config(materialized='table') }} select 1 as x",
            "fct_bad.sql": bad + "select * from {{ ref('fct_good') }}",
            "fct_after.sql": "select * from {{ ref('fct_bad') }}",
        },
        variables={"entity_kit_run_history": True, "entity_kit_model_performance": True},
        engine=engine,
    )


@pytest.fixture
def fresh(project, at):
    project.execute("drop table if exists run_history cascade")
    assert at(project, "2026-01-01", "run", "-s", "run_history").success
    return project


COUNT = "select count(*) from run_history"


def test_it_equals_dbts_own_results(fresh, at):
    at(
        fresh,
        "2026-01-02",
        *("run", "--write-json", "--full-refresh", "--vars", "broken: true", "-s", "fct_good+"),
    )
    results = json.loads((fresh.folder / "target/run_results.json").read_text())
    said = {
        each["unique_id"]: (each["status"], each["execution_time"])
        for each in results["results"]
        if each["unique_id"].startswith("model.consumer.")
    }
    rows = fresh.query(
        "select unique_id, status, seconds from run_history where resource_type = 'model' "
        "and unique_id like 'model.consumer.%'",
    )
    assert {unique_id: (status, seconds) for unique_id, status, seconds in rows} == said
    assert {status for status, _ in said.values()} == {"success", "error", "skipped"}
    assert fresh.query(
        "select distinct invocation_id, cast(started_at as text), command, target_name, is_full_refresh "
        "from run_history",
    ) == [(results["metadata"]["invocation_id"], "2026-01-02 12:00:00", "run", "dev", True)]
    ((message,),) = fresh.query("select message from run_history where status = 'error'")
    assert MESSAGE in message


def test_a_full_refresh_keeps_the_past(fresh, at):
    for date in ("2026-01-02", "2026-01-03", "2026-01-04"):
        assert at(fresh, date, "run", "--full-refresh", "-s", "fct_good", "run_history").success
    assert fresh.query("select count(*), count(distinct invocation_id) from run_history") == [
        (3, 3)
    ]


def test_a_run_of_nothing_leaves_nothing(fresh, at):
    assert at(fresh, "2026-01-02", "run", "-s", "no_such_model").success
    assert at(fresh, "2026-01-02", "test").success
    assert fresh.query(COUNT) == [(0,)]


@pytest.mark.parametrize(
    "by_hand",
    [
        "drop table run_history cascade",
        "drop table run_history cascade; create view run_history as select 1 as x",
        "alter table run_history add constraint_ integer; alter table run_history drop column status cascade",
        "drop table run_history cascade; create table run_history as select 1 as invocation_id",
    ],
)
@pytest.mark.parametrize("flags", [(), ("--warn-error",)])
def test_a_table_changed_by_hand_never_changes_the_run(fresh, at, by_hand, flags):
    fresh.execute("drop view if exists model_performance")
    fresh.execute(by_hand)
    outcome = at(fresh, "2026-01-02", *flags, "run", "-s", "fct_good")
    assert (outcome.success, outcome.statuses) == (True, {"fct_good": "success"})
    fresh.execute(
        "drop view run_history" if "create view" in by_hand else "drop table if exists run_history"
    )


@pytest.mark.usefixtures("duckdb_only")
@pytest.mark.parametrize(
    "by_hand",
    [
        "alter table run_history alter message set not null",
        "create unique index one on run_history (target_name)",
        "alter table run_history alter seconds type integer",
    ],
)
def test_a_table_that_refuses_the_rows_never_changes_the_run(fresh, at, by_hand):
    fresh.execute(by_hand)
    for date in ("2026-01-02", "2026-01-03"):
        assert at(fresh, date, "run", "-s", "fct_good").success


def test_a_failed_run_stays_failed(fresh, at):
    outcome = at(fresh, "2026-01-02", "run", "--vars", "broken: true", "-s", "fct_bad")
    assert (outcome.success, outcome.statuses) == (False, {"fct_bad": "error"})


def test_performance_says_which_models_are_problems(fresh, at):
    fresh.execute("delete from run_history")
    rows = [
        *(("slow", day, "success", 400 if day > 20 else 200) for day in range(1, 31)),
        *(("flaky", day, "error" if day % 10 == 0 else "success", 1) for day in range(1, 31)),
        *(("steady", day, "success", 2) for day in range(1, 31)),
        # What lies more than thirty runs back doesn't count.
        ("steady", 0, "error", 9999),
    ]
    for name, day, status, seconds in rows:
        stamp = f"2026-01-{day:02d} 00:00:00" if day else "2025-12-31 00:00:00"
        fresh.execute(
            "insert into run_history (invocation_id, unique_id, model_name, resource_type, started_at, "
            f"status, seconds) values ('{day}', 'model.consumer.{name}', '{name}', 'model', "
            f"timestamp '{stamp}', '{status}', {seconds})",
        )
    limits = "{entity_kit_slow_seconds: 250, entity_kit_complexity: 0}"
    assert at(fresh, "2026-02-01", "run", "-s", "model_performance", "--vars", limits).success
    found = fresh.query(
        "select model_name, runs, round(cast(average_seconds as numeric), 2), worst_seconds, "
        "round(cast(failure_rate as numeric), 2), round(cast(trend as numeric), 2), is_slow, is_failing, is_complex "
        "from model_performance where model_name in ('slow', 'flaky', 'steady') order by 1",
    )
    assert [
        tuple(float(v) if type(v).__name__ == "Decimal" else v for v in row) for row in found
    ] == [
        ("flaky", 30, 1.0, 1.0, 0.1, 1.0, False, True, False),
        ("slow", 30, 266.67, 400.0, 0.0, 2.0, True, False, False),
        ("steady", 30, 2.0, 2.0, 0.0, 1.0, False, False, False),
    ]


def test_a_limit_that_is_no_number_is_refused(project):
    words = ("compile", "-s", "model_performance", "--vars", "entity_kit_failure_rate: low")
    assert project.refused(*words) == (
        'model_performance: `vars.entity_kit_failure_rate` must be a number, 0 or more; got "low".\n'
        "Write it without quotes."
    )


@pytest.mark.usefixtures("duckdb_only")
def test_it_says_why_it_wrote_nothing(fresh):
    from dbt.cli.main import dbtRunner

    fresh.execute("drop table run_history cascade")
    said = []
    runner = dbtRunner(
        manifest=fresh.manifest(), callbacks=[lambda e: said.append(str(e.info.msg))]
    )
    folder = str(fresh.folder)
    runner.invoke(
        [
            *(
                "run",
                "-s",
                "fct_good",
                "--project-dir",
                folder,
                "--profiles-dir",
                folder,
                "--quiet",
            ),
            *("--target-path", f"{folder}/target", "--log-path", f"{folder}/logs"),
        ],
    )
    assert (
        "entity_kit: run_history was not written: it isn't built yet. Run: dbt run --select run_history."
        in said
    )


def recording(*names):
    """Write what a run records that built the models, where it made the table and dbt didn't notice."""
    results = [
        {
            "node": {"unique_id": unique_id, "name": "x", "resource_type": "model"},
            "status": "success",
            "execution_time": 1.0,
        }
        for unique_id in names
    ]
    return (
        "{% set node = graph['nodes']['model.entity_kit.run_history'] %}"
        "{% do run_query('create table run_history as ' ~ entity_kit._no_rows(entity_kit._run_history_columns())) %}"
        "{{ 'known' if entity_kit._table_of(node) else 'unknown' }}: {{ entity_kit.record_run("
        f"{results}) }}}}"
    )


@pytest.mark.usefixtures("duckdb_only")
def test_it_writes_to_a_table_that_the_run_has_built_and_dbt_does_not_know_yet(fresh):
    ours, theirs = "model.entity_kit.run_history", "model.consumer.fct_good"
    fresh.execute("drop table run_history cascade")
    assert fresh.render(recording(theirs)).strip() == "unknown:"
    fresh.execute("drop table run_history cascade")
    said = fresh.render(recording(theirs, ours)).strip()
    assert said.startswith("unknown: insert into ")
    fresh.execute(said.removeprefix("unknown: "))
    assert fresh.query("select unique_id from run_history") == [(theirs,)]
