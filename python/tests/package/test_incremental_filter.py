"""`watermark` and `incremental_filter`: which rows a run reads, on real dbt and in any order of arrival."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

CONFIG = (
    "{{ config(materialized='incremental', incremental_strategy='delete+insert', "
    "unique_key='id') }}\n"
)
MODELS = {
    "upserts.sql": CONFIG
    + "select id, v, loaded_at from {{ target.schema }}.raw_rows as r "
    + "where {{ entity_kit.incremental_filter('r.loaded_at') }}",
    "upserts_again.sql": CONFIG
    + "select id, v, loaded_at from {{ target.schema }}.raw_rows as r "
    + "where {{ entity_kit.incremental_filter('loaded_at', {'hours': 2}) }}",
    "renamed.sql": CONFIG
    + "select id, v, coalesce(r.loaded_at, '2024-01-01') as seen_at "
    + "from {{ target.schema }}.raw_rows as r where "
    + "{{ entity_kit.incremental_filter(\"coalesce(r.loaded_at, '2024-01-01')\", "
    + "watermark_column='seen_at') }}",
    "downstream.sql": CONFIG
    + "select id, v from {{ target.schema }}.raw_rows as r where "
    + "{{ entity_kit.incremental_filter('loaded_at', relation=ref('upserts')) }}",
    "odd_names.sql": CONFIG.replace("'id'", "'\"order\"'")
    + 'select "order", "Loaded At", "größe" from {{ target.schema }}.odd where '
    + "{{ entity_kit.incremental_filter('\"Loaded At\"') }}",
    "marks.sql": "{{ config(materialized='incremental') }}\n"
    "select id, loaded_at, {{ entity_kit.watermark('loaded_at') }} as mine, "
    "{{ entity_kit.watermark('loaded_at', ref('upserts')) }} as theirs "
    "from {{ target.schema }}.raw_rows",
    "plain_table.sql": "select id from {{ target.schema }}.raw_rows where "
    "{{ entity_kit.incremental_filter('loaded_at') }}",
}
TYPES = {"dates": "date", "plain": "timestamp", "zoned": "timestamp with time zone"}
MODELS |= {
    f"of_{name}.sql": CONFIG
    + f"select id, v, loaded_at from {{{{ target.schema }}}}.raw_{name} where "
    + "{{ entity_kit.incremental_filter('loaded_at', {'days': 1}) }}"
    for name in TYPES
}
START = dt.datetime(2024, 1, 1)  # noqa: DTZ001 - plain, as in SQL


def at(hours):
    return None if hours is None else START + dt.timedelta(hours=hours)


def stamp(hours):
    return "null" if hours is None else f"timestamp '{at(hours)}'"


@pytest.fixture(scope="module")
def project(make_project, engine):
    made = make_project(MODELS, engine=engine)
    made.execute(
        "create table raw_rows (id int, v int, loaded_at timestamp); "
        'create table odd ("order" int, "Loaded At" timestamp, "größe" int)',
    )
    for name, sql_type in TYPES.items():
        made.execute(f"create table raw_{name} (id int, v int, loaded_at {sql_type})")
    return made


@pytest.fixture
def rows(project):
    """Set the source's rows, as (id, v, hours)."""

    def replace(*given_rows):
        project.execute("delete from raw_rows")
        for identifier, v, hours in given_rows:
            project.execute(f"insert into raw_rows values ({identifier}, {v}, {stamp(hours)})")

    return replace


def run(project, model, *flags):
    project.run("run", "--select", model, *flags)
    return sorted(project.query(f"select * from {model}"), key=repr)


@pytest.mark.slow
def test_a_run_reads_from_the_watermark_on_and_includes_it(project, rows):
    rows((1, 10, 0), (2, 20, 5))
    assert run(project, "upserts", "--full-refresh") == [(1, 10, at(0)), (2, 20, at(5))]
    # Row 1 changes without a new loaded time: it isn't read. Row 3 ties with the watermark: it is.
    rows((1, 11, 0), (2, 20, 5), (3, 30, 5), (4, 40, 6))
    expected = [(1, 10, at(0)), (2, 20, at(5)), (3, 30, at(5)), (4, 40, at(6))]
    assert run(project, "upserts") == expected
    # Again, with nothing new.
    assert run(project, "upserts") == expected


def test_the_interval_reads_further_back(project, rows):
    rows((1, 10, 0), (2, 20, 5))
    run(project, "upserts_again", "--full-refresh")
    # At two hours before the watermark, and just before that.
    rows((1, 10, 0), (2, 20, 5), (3, 30, 3), (4, 40, 2))
    assert run(project, "upserts_again") == [(1, 10, at(0)), (2, 20, at(5)), (3, 30, at(3))]


@pytest.mark.slow
def test_a_target_that_is_empty_or_has_no_watermark_reads_everything(project, rows):
    rows()
    assert run(project, "upserts", "--full-refresh") == []
    rows((1, 10, 0), (2, 20, 5))
    assert run(project, "upserts") == [(1, 10, at(0)), (2, 20, at(5))]
    rows((1, 10, None))
    assert run(project, "upserts", "--full-refresh") == [(1, 10, None)]
    rows((1, 10, 0), (2, 20, 5))
    assert run(project, "upserts") == [(1, 10, at(0)), (2, 20, at(5))]


@pytest.mark.slow
def test_a_null_loaded_time_is_read_by_full_refreshes_only(project, rows):
    rows((1, 10, 0))
    run(project, "upserts", "--full-refresh")
    rows((1, 10, 0), (2, 20, None))
    assert run(project, "upserts") == [(1, 10, at(0))]
    assert run(project, "upserts", "--full-refresh") == [(1, 10, at(0)), (2, 20, None)]


@pytest.mark.slow
def test_an_expression_names_its_watermark_column(project, rows):
    rows((1, 10, 0), (2, 20, 5))
    run(project, "renamed", "--full-refresh")
    rows((1, 11, 0), (2, 21, 5))
    assert run(project, "renamed") == [(1, 10, at(0)), (2, 21, at(5))]


@pytest.mark.slow
def test_another_relation_may_carry_the_watermark(project, rows):
    rows((1, 10, 0), (2, 20, 5))
    run(project, "upserts", "--full-refresh")
    assert run(project, "downstream", "--full-refresh") == [(1, 10), (2, 20)]
    rows((1, 11, 0), (2, 21, 5))
    assert run(project, "downstream") == [(1, 10), (2, 21)]


def test_odd_names(project):
    project.execute("delete from odd; insert into odd values (1, timestamp '2024-01-01', 3)")
    run(project, "odd_names", "--full-refresh")
    project.execute(
        "update odd set \"größe\" = 4; insert into odd values (2, timestamp '2023-01-01', 5)"
    )
    assert run(project, "odd_names") == [(1, at(0), 4)]


@pytest.mark.slow
@pytest.mark.parametrize("name", TYPES)
def test_types_of_loaded_times(project, name):
    project.execute(
        f"delete from raw_{name}; insert into raw_{name} values (1, 1, '2024-01-10'), "
        "(2, 1, '2024-01-09'), (3, 1, '2024-01-08')",
    )
    run(project, f"of_{name}", "--full-refresh")
    project.execute(f"update raw_{name} set v = 2")
    assert [row[:2] for row in run(project, f"of_{name}")] == [(1, 2), (2, 2), (3, 1)]
    project.execute(f"delete from of_{name}")
    assert [row[:2] for row in run(project, f"of_{name}")] == [(1, 2), (2, 2), (3, 2)]


@pytest.mark.slow
def test_watermark(project, rows):
    rows((1, 10, 3))
    run(project, "upserts", "--full-refresh")
    assert run(project, "marks", "--full-refresh") == [(1, at(3), None, at(3))]
    # Of the model itself: none when it is built anew, although the old table is still there.
    assert run(project, "marks", "--full-refresh") == [(1, at(3), None, at(3))]
    rows((2, 20, 4))
    assert run(project, "marks") == [(1, at(3), None, at(3)), (2, at(4), at(3), at(3))]


@pytest.mark.slow
@pytest.mark.usefixtures("duckdb_only")
def test_what_is_compiled(project, rows):
    rows((1, 10, 0))
    project.run("run", "--select", "upserts_again", "--full-refresh")
    project.run("run", "--select", "plain_table")
    assert project.compiled("upserts_again", full_refresh=True).endswith("where true")
    assert project.compiled("plain_table").endswith("where true")
    assert project.compiled("upserts_again").endswith(
        "where loaded_at >= (\n"
        "    select coalesce(max(entity_kit_target.loaded_at) + interval '-2 hour', '-infinity')\n"
        '    from "warehouse"."main"."upserts_again" as entity_kit_target\n'
        ")",
    )


@pytest.mark.slow
@pytest.mark.usefixtures("duckdb_only")
def test_duckdb_reads_only_the_row_groups_that_can_hold_new_rows(project):
    """The form of the predicate matters: see docs/decisions."""
    predicate = project.compiled("upserts").split(" where ", 1)[1]
    with project.scratch() as connection:
        connection.execute(
            "create table raw_rows as select i as id, 1 as v, "
            "timestamp '2024-01-01' + to_seconds(i) as loaded_at from range(1000000) as t (i); "
            "create table upserts as select * from raw_rows where id < 999000",
        )
        profile = connection.execute(
            f"explain (analyze, format json) select count(v) from raw_rows as r where {predicate}",
        ).fetchall()[0][1]
    # The scan itself leaves the old rows out, instead of a filter after it.
    assert rows_out_of_scan(profile, "raw_rows") == 1001


def rows_out_of_scan(profile, table):
    """Return how many rows the scan of a table returned, from DuckDB's JSON profile (old or new)."""
    pending = [json.loads(profile)]
    while pending:
        node = pending.pop()
        pending += node.get("children", []) + node.get("operator", [])
        if str(node.get("extra_info", {}).get("Table", "")).endswith(table):
            return int(node.get("intermediate_rows", node.get("operator_cardinality")))
    message = f"no scan of {table} in {profile}"
    raise AssertionError(message)


# Orders of arrival. A row that becomes visible late keeps the loaded time that it was given.
ARRIVAL = st.tuples(
    st.integers(1, 4),
    st.integers(0, 9),
    st.one_of(st.integers(0, 12), st.integers(0, 12), st.none()),
)
STEPS = st.lists(st.lists(ARRIVAL, max_size=3), min_size=1, max_size=5)
OFTEN = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def expected_target(steps, lookback):
    """Compute in plain Python what the model should contain after each step."""
    source, target, built = {}, {}, False
    for arrivals in steps:
        source |= {identifier: (v, hours) for identifier, v, hours in arrivals}
        seen = [hours for _, hours in target.values() if hours is not None]
        if built and seen:
            start = max(seen) - lookback
            batch = {i: r for i, r in source.items() if r[1] is not None and r[1] >= start}
        elif built:
            batch = {i: r for i, r in source.items() if r[1] is not None}
        else:
            batch = dict(source)
        built = True
        target |= batch
        yield sorted((i, v, at(hours)) for i, (v, hours) in target.items())


@pytest.fixture(scope="module")
def compiled(project):
    """Compile both models, as a full refresh and as an incremental run."""
    models = ["upserts", "upserts_again"]
    project.run("run", "--select", *models, "--full-refresh")
    return {full: project.compiled_all(models, full_refresh=full) for full in (True, False)}


@pytest.fixture(scope="module")
def scratch(project, compiled):  # noqa: ARG001 - compile before the schema is emptied
    with project.scratch() as connection:
        yield connection


@pytest.mark.slow
@OFTEN
@given(steps=STEPS, model=st.sampled_from(["upserts", "upserts_again"]))
def test_any_order_of_arrival(scratch, compiled, steps, model):
    scratch.execute(
        "drop table if exists raw_rows; drop table if exists upserts; "
        "drop table if exists upserts_again; "
        "create table raw_rows (id int, v int, loaded_at timestamp)",
    )
    lookback = {"upserts": 0, "upserts_again": 2}[model]
    exists = False
    for arrivals, expected in zip(steps, expected_target(steps, lookback), strict=True):
        for identifier, v, hours in arrivals:
            scratch.execute(f"delete from raw_rows where id = {identifier}")
            scratch.execute(f"insert into raw_rows values ({identifier}, {v}, {stamp(hours)})")
        if exists:
            scratch.execute(f"create temp table batch as {compiled[False][model]}")
            scratch.execute(f"delete from {model} where id in (select id from batch)")
            scratch.execute(f"insert into {model} select * from batch; drop table batch")
        else:
            scratch.execute(f"create table {model} as {compiled[True][model]}")
        exists = True
        assert sorted(scratch.execute(f"select * from {model}").fetchall()) == expected


@pytest.mark.parametrize(
    ("snippet", "message"),
    [
        (
            "incremental_filter(loaded_at)",
            (
                "incremental_filter: `loaded_at` must be a column name or expression; "
                "got an undefined name (are quotes missing?).\n"
                "Write it as text, in quotes, such as 'loaded_at'."
            ),
        ),
        (
            "incremental_filter('loaded_at', {'dys': 3})",
            (
                "incremental_filter: `lookback_interval` must be one of weeks, days, hours, minutes, "
                'seconds; got "dys".\nClosest: days.'
            ),
        ),
        (
            "incremental_filter('coalesce(a, b)')",
            (
                "incremental_filter: `watermark_column` must be set if `loaded_at` is an "
                'expression; got "coalesce(a, b)".\n'
                "Name the model's column that stores its greatest value."
            ),
        ),
        (
            "incremental_filter('loaded_at', watermark_column=3)",
            (
                "incremental_filter: `watermark_column` must be a column name or expression; got 3.\n"
                "Write it as text, in quotes, such as 'watermark_column'."
            ),
        ),
        (
            "incremental_filter('loaded_at', relation='a b')",
            (
                "incremental_filter: `relation` must be a relation or the name of a CTE; "
                'got "a b".\n'
                "Pass ref('…'), source('…', '…'), or the name of a CTE of this model in quotes."
            ),
        ),
        (
            "watermark(none)",
            (
                "watermark: `column` must be a column name or expression; got none.\n"
                "Write it as text, in quotes, such as 'column'."
            ),
        ),
    ],
)
@pytest.mark.usefixtures("duckdb_only")
def test_refusals(refused, snippet, message):
    assert refused("{{ entity_kit." + snippet + " }}") == message


@pytest.mark.slow
@pytest.mark.usefixtures("duckdb_only")
def test_a_target_without_the_column_is_refused(make_project):
    project = make_project(
        {
            "forgetful.sql": CONFIG
            + "select id from (select 1 as id, timestamp '2024-01-01' as loaded_at) as r "
            + "where {{ entity_kit.incremental_filter('loaded_at') }}",
        },
    )
    project.run("run")
    assert project.refused("run") == (
        "incremental_filter: `watermark_column` must be a column of "
        '"warehouse"."main"."forgetful"; got "loaded_at".\n'
        "Its columns are id. Have the model select the loaded time under that name."
    )
