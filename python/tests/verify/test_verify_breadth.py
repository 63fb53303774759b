"""dbt-duckdb's kinds of incremental models, right and wrong: merges, microbatches."""

from __future__ import annotations

import pytest

# Every order comes twice: placed, and paid a day later. One in five comes two days late.
DATA = """
create schema shop;
create table shop.changes as
select
    i as order_id, state, cast(i * 1.5 as decimal(10, 2)) as amount,
    timestamp '2024-01-01 05:00' + i * interval 3 hour + days * interval 1 day as changed_at,
    timestamp '2024-01-01 06:00' + i * interval 3 hour + days * interval 1 day
        + case when i % 5 = 3 then interval 2 day else interval 0 day end as loaded_at
from range(24) as t(i), (values ('placed', 0), ('paid', 1)) as s(state, days);
"""
SOURCES = """
sources:
  - name: shop
    tables:
      - name: changes
        config: {loaded_at_field: loaded_at, event_time: changed_at}
"""
LATEST = """
{{ config(materialized='incremental', unique_key='order_id', CONFIG) }}
select order_id, state, amount, loaded_at from {{ source('shop', 'changes') }} as changes
{% if is_incremental() %}
where order_id in (
    select order_id from {{ source('shop', 'changes') }}
    where loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
)
{% endif %}
qualify row_number() over (partition by order_id order by changed_at desc) = 1
"""


def merging(**options):
    config = ", ".join(f"{name}={value!r}" for name, value in options.items())
    return LATEST.replace("CONFIG", f"incremental_strategy='merge', {config}")


@pytest.mark.slow
def test_merges_with_their_clauses_and_predicates(make_project):
    by_name = {"action": "update", "mode": "by_name"}
    insert = [{"action": "insert", "mode": "by_name"}]
    newer = "DBT_INTERNAL_SOURCE.loaded_at >= DBT_INTERNAL_DEST.loaded_at"
    right = {
        "update_columns": merging(merge_update_columns=["state", "loaded_at"]),
        "exclude_columns": merging(merge_exclude_columns=["amount"]),
        "update_condition": merging(merge_update_condition=newer),
        "set_expressions": merging(
            merge_update_set_expressions={"state": "DBT_INTERNAL_SOURCE.state || ''"}
        ),
        "clauses": merging(
            merge_clauses={
                "when_matched": [{**by_name, "condition": newer}, {"action": "do_nothing"}],
                "when_not_matched": insert,
            }
        ),
        "predicates": merging(
            incremental_predicates=["DBT_INTERNAL_DEST.loaded_at >= timestamp '2020-01-01'"]
        ),
    }
    wrong = {
        "too_few_columns": merging(merge_update_columns=["loaded_at"]),
        "one_column_too_many_excluded": merging(merge_exclude_columns=["state"]),
        "condition_never_met": merging(merge_update_condition="DBT_INTERNAL_SOURCE.amount < 0"),
        "insert_only_some": merging(merge_insert_condition="DBT_INTERNAL_SOURCE.amount < 20"),
        "matched_do_nothing": merging(
            merge_clauses={"when_matched": [{"action": "do_nothing"}], "when_not_matched": insert}
        ),
        "matched_delete": merging(
            merge_clauses={"when_matched": [{"action": "delete"}], "when_not_matched": insert}
        ),
        # Rows that the predicate hides don't match, and stand twice.
        "predicate_too_narrow": merging(
            incremental_predicates=["DBT_INTERNAL_DEST.loaded_at >= timestamp '2024-01-03'"]
        ),
    }
    models = {f"{name}.sql": text for name, text in {**right, **wrong}.items()}
    project = make_project(models, data=DATA, sources=SOURCES)
    verdicts = project.verdicts(steps=3)
    assert {name: verdicts[name] for name in right} == dict.fromkeys(right, "agrees")
    assert {name: verdicts[name] for name in wrong} == dict.fromkeys(wrong, "differs")


MICROBATCH = """
{{ config(materialized='incremental', incremental_strategy='microbatch', event_time='changed_at',
          begin='2024-01-01', batch_size='SIZE', lookback=LOOKBACK) }}
select * from {{ source('shop', 'changes') }}
"""


@pytest.mark.slow
def test_microbatches_look_back_from_the_simulated_clock(make_project):
    """The late rows need two days; the clock of each step bounds the batches."""
    project = make_project(
        {
            "days_enough.sql": MICROBATCH.replace("SIZE", "day").replace("LOOKBACK", "5"),
            "days_too_few.sql": MICROBATCH.replace("SIZE", "day").replace("LOOKBACK", "1"),
            "month.sql": MICROBATCH.replace("SIZE", "month").replace("LOOKBACK", "1"),
        },
        data=DATA,
        sources=SOURCES,
    )
    assert project.verdicts(steps=5) == {
        "days_enough": "agrees",
        "days_too_few": "differs",
        "month": "agrees",
    }


@pytest.mark.slow
def test_columns_that_go(make_project):
    """`sync_all_columns` drops a column that `append_new_columns` keeps and a refresh lacks."""
    pivot = """
        {{ config(materialized='incremental', unique_key='order_id', on_schema_change='MODE') }}
        {% set last = run_query("select max(loaded_at)::date::varchar from "
            ~ source('shop', 'changes')).columns[0].values()[0] if execute else '' %}
        select order_id, changed_at, loaded_at
        {% if last < '2024-01-03' %}, state as early {% else %}, state as later {% endif %}
        from {{ source('shop', 'changes') }}
        where state = 'placed'
    """
    modes = ("sync_all_columns", "append_new_columns")
    project = make_project(
        {f"{mode}.sql": pivot.replace("MODE", mode) for mode in modes}, data=DATA, sources=SOURCES
    )
    verdicts = project.verdicts(steps=3)
    assert verdicts == {"sync_all_columns": "agrees", "append_new_columns": "differs"}


def test_a_ducklake_is_refused_in_one_sentence(make_project):
    """Its files can't be shown as of a step without its extension, which the tests don't have."""
    project = make_project(
        output={"attach": [{"path": "ducklake:lake.ducklake", "alias": "lake"}]},
        sources=(
            "sources: [{name: shop, database: lake, tables: [{name: orders, "
            "config: {loaded_at_field: loaded_at}}]}]"
        ),
    )
    assert "lies in the database `lake`, which is no local DuckDB file" in project.refused()


@pytest.mark.slow
def test_an_empty_start_is_told_from_the_storm_around_it(make_project):
    sources = SOURCES.replace(
        "event_time: changed_at}",
        "event_time: changed_at, meta: {entity_kit: {delivery: {split_batches: true}}}}",
    )
    model = LATEST.replace("CONFIG", "").replace(
        "coalesce(max(loaded_at), '-infinity')", "max(loaded_at)"
    )
    project = make_project({"fct.sql": model}, data=DATA, sources=sources)
    (schedule,) = project.verify(schedules=["storm"], steps=2).models[0].schedules
    assert schedule.cause.name == "null-watermark"
