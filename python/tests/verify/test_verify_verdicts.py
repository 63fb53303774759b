"""Every verdict of `verify`, in its result, its exit code, and its text."""

from __future__ import annotations

import pytest

from support.verify_project import ORDERS

pytestmark = pytest.mark.slow

DAILY = """
create schema shop;
create table shop.orders as
select
    i as order_id,
    'customer ' || i % 2 as customer,
    timestamp '2024-01-01 12:00:00' + i * interval 12 hours as loaded_at
from range(6) as t(i);
"""
SOURCES = "sources: [{name: shop, tables: [{name: orders, config: {loaded_at_field: loaded_at}}]}]"


def upsert(more=""):
    """Return a model that inserts new orders, with more columns."""
    return f"""
{{{{ config(materialized='incremental', unique_key='order_id') }}}}
select *{more} from {{{{ source('shop', 'orders') }}}}
{{% if is_incremental() %}}
where loaded_at > (select coalesce(max(loaded_at), '1900-01-01') from {{{{ this }}}})
{{% endif %}}
"""


# Each is wrong in one way, and shows it under some of the schedules only.
WRONG = {
    # Totals of new rows replace the totals.
    "arrival": """
        {{ config(materialized='incremental', unique_key='customer') }}
        select customer, count(*) as orders, max(loaded_at) as loaded_at
        from {{ source('shop', 'orders') }}
        {% if is_incremental() %}
        where loaded_at > (select coalesce(max(loaded_at), '1900-01-01') from {{ this }})
        {% endif %}
        group by customer
    """,
    # A run that finds nothing new adds everything again.
    "rerun": """
        {{ config(materialized='incremental') }}
        select * from {{ source('shop', 'orders') }}
        {% if is_incremental() %}
        where loaded_at > (select coalesce(max(loaded_at), '1900-01-01') from {{ this }})
           or (select max(loaded_at) from {{ source('shop', 'orders') }})
              = (select max(loaded_at) from {{ this }})
        {% endif %}
    """,
    # No row is later than NULL.
    "empty": """
        {{ config(materialized='incremental', unique_key='order_id') }}
        select * from {{ source('shop', 'orders') }}
        {% if is_incremental() %}
        where loaded_at > (select max(loaded_at) from {{ this }})
        {% endif %}
    """,
    # Reads a day and a half back from now, as far apart as the steps are.
    "gap": """
        {{ config(materialized='incremental', unique_key='order_id') }}
        select * from {{ source('shop', 'orders') }}
        {% if is_incremental() %}
        where loaded_at > now() - interval 36 hours
        {% endif %}
    """,
}
RECORDED = ["arrival", "rerun", "empty", "gap"]


def verdicts(model):
    return {schedule.schedule: schedule.verdict.value for schedule in model.schedules}


def test_each_recorded_schedule_finds_what_only_it_can(make_project):
    project = make_project(
        {
            **{f"wrong_{name}.sql": sql for name, sql in WRONG.items()},
            "right.sql": upsert(),
        },
        data=DAILY,
        sources=SOURCES,
    )
    result = project.verify(schedules=RECORDED)
    good = dict.fromkeys(RECORDED, "agrees")
    assert {model.name: verdicts(model) for model in result.models} == {
        "right": good,
        "wrong_arrival": dict.fromkeys(RECORDED, "differs"),
        "wrong_rerun": {**good, "rerun": "differs"},
        "wrong_empty": {**good, "empty": "differs"},
        "wrong_gap": {**good, "gap": "differs"},
    }
    assert (result.verdict.value, result.exit_code) == ("differs", 1)
    by_name = {model.name: {s.schedule: s for s in model.schedules} for model in result.models}
    assert by_name["wrong_gap"]["gap"].cause.name == "run-gap"
    assert by_name["wrong_empty"]["empty"].cause.name == "null-watermark"
    assert by_name["wrong_arrival"]["arrival"].cause.name == "partial-group"
    assert by_name["wrong_rerun"]["rerun"].cause.name == "duplicate-key"
    assert by_name["wrong_empty"]["empty"].divergence.comparison.only_full_refresh == 1


def test_refreshes_that_differ_are_nondeterministic_in_named_columns(make_project):
    project = make_project(
        {
            "fct.sql": upsert(", random() as luck, uuid() as id"),
            "ignored.sql": "{{ config(meta={'entity_kit': {'ignore_columns': ['LUCK', 'id']}}) }}"
            + upsert(", random() as luck, uuid() as id"),
        },
        data=DAILY,
        sources=SOURCES,
    )
    result = project.verify()
    ignored, model = sorted(result.models, key=lambda each: each.name, reverse=True)
    assert verdicts(ignored) == {"arrival": "agrees"}
    assert verdicts(model) == {"arrival": "nondeterministic"}
    assert model.schedules[0].nondeterministic == ("luck", "id")
    assert result.exit_code == 1


CLOCK = ", now() as processed_at, customer as note"
DIVERGES = "{{ config(meta={'entity_kit': {'diverges': {'columns': COLUMNS, 'reason': 'x'}}}) }}"


def test_declared_divergences(make_project):
    project = make_project(
        {
            "declared.sql": DIVERGES.replace("COLUMNS", "['Processed_At']") + upsert(CLOCK),
            "not_all.sql": DIVERGES.replace("COLUMNS", "['processed_at']")
            + WRONG["arrival"].replace(
                "select customer", "select customer, 2 * count(*) as processed_at"
            ),
            "unused.sql": DIVERGES.replace("COLUMNS", "['note']") + upsert(", 1 as note"),
            "ignored.sql": "{{ config(meta={'entity_kit': {'ignore_columns': 'processed_at'}}) }}"
            + upsert(CLOCK),
            "ignored_unused.sql": "{{ config(meta={'entity_kit': {'ignore_columns': ['note', 'nil']}}) }}"
            + upsert(", 1 as note"),
        },
        data=DAILY,
        sources=SOURCES,
    )
    result = project.verify()
    assert {model.name: model.verdict.value for model in result.models} == {
        "declared": "declared",
        "not_all": "differs",
        "unused": "agrees",
        "ignored": "agrees",
        "ignored_unused": "agrees",
    }
    assert {model.name: model.notes for model in result.models if model.notes} == {
        "unused": (
            "`diverges` is declared for note but nothing diverged there. Remove the declaration.",
        ),
        "ignored_unused": (
            "`ignore_columns` names note, nil but nothing differed there. Remove the declaration.",
        ),
    }
    assert project.command("--select", "declared").exit_code == 0


FAILS = """
{{ config(materialized='MATERIALIZED', unique_key='order_id') }}
select *, if(order_id = 4, error('order 4 is ' || 'cursed'), 1) as checked
from {{ source('shop', 'orders') }}
"""


def test_a_model_that_fails_at_a_step(make_project):
    """The model and what is built from it have no verdict; the others do."""
    project = make_project(
        {
            "fails.sql": FAILS.replace("MATERIALIZED", "incremental"),
            "below.sql": "{{ config(materialized='incremental') }} select * from {{ ref('fails') }}",
            "upstream.sql": FAILS.replace("MATERIALIZED", "table"),
            "below_table.sql": "{{ config(materialized='incremental', unique_key='order_id') }}"
            " select * from {{ ref('upstream') }}",
            "fine.sql": upsert(),
        },
        data=DAILY,
        sources=SOURCES,
    )
    result = project.verify()
    assert {model.name: model.verdict.value for model in result.models} == {
        "fails": "failed",
        "below": "differs",
        "below_table": "skipped",
        "fine": "agrees",
    }
    by_name = {model.name: model.schedules[0] for model in result.models}
    failure = by_name["fails"].failure
    assert (failure.step, failure.side) == (3, "incremental")
    assert failure.message == (
        "fails: Runtime Error in model fails (models/fails.sql)\n"
        "  Invalid Input Error: order 4 is cursed"
    )
    assert [step.number for step in by_name["fails"].steps] == [1, 2]
    assert by_name["below_table"].failure.message.startswith("upstream: Runtime Error in model")
    # Where one differs that is the answer; where none does, there is none.
    assert result.exit_code == 1
    finished = project.command("--select", "fails", "below_table", "fine")
    assert finished.exit_code == 3
    assert finished.stdout.splitlines()[:4] == [
        "! upstream     failed under arrival",
        "    arrival, step 3, incremental: dbt failed",
        "      upstream: Runtime Error in model upstream (models/upstream.sql)",
        "        Invalid Input Error: order 4 is cursed",
    ]
    assert "\n✓ fine         agrees at each of 3 steps (arrival)\n" in finished.stdout


def test_a_model_that_fails_on_one_side_only(make_project):
    project = make_project(
        {
            "incremental_only.sql": """
                {{ config(materialized='incremental') }}
                select order_id from {{ source('shop', 'orders') }}
                {% if is_incremental() %} where nothing = 1 {% endif %}
            """,
            "uncompiled.sql": """
                {{ config(materialized='incremental') }}
                select order_id from {{ source('shop', 'orders') }}
                {% if is_incremental() %} {{ exceptions.raise_compiler_error('not so') }} {% endif %}
            """,
        },
        data=DAILY,
        sources=SOURCES,
    )
    result = project.verify()
    failures = {model.name: model.schedules[0].failure for model in result.models}
    assert {name: (f.step, f.side) for name, f in failures.items()} == {
        "incremental_only": (2, "incremental"),
        "uncompiled": (2, "incremental"),
    }
    assert 'Referenced column "nothing" not found' in failures["incremental_only"].message
    assert failures["uncompiled"].message.startswith(
        "uncompiled: Compilation Error in model uncompiled (models/uncompiled.sql)\n  not so"
    )
    assert result.exit_code == 3


HOOK = "Table with name nowhere does not exist!"


@pytest.mark.parametrize("hook", ["on-run-start", "on-run-end"])
def test_a_hook_that_fails_is_said(make_project, hook):
    """As in dbt itself, the models are still built."""
    result = make_project(project={hook: "insert into nowhere values (1)"}, data=ORDERS).verify()
    assert (result.verdict.value, result.exit_code) == ("agrees", 0)
    (note,) = result.notes
    assert note.startswith(f"Hook consumer-{hook}-0 failed: ")
    assert HOOK in note


def test_a_hook_whose_failure_stops_dbt(make_project):
    project = make_project(
        project={
            "on-run-start": "insert into nowhere values (1)",
            "flags": {"skip_nodes_if_on_run_start_fails": True},
        }
    )
    result = project.verify()
    failure = result.models[0].schedules[0].failure
    assert (result.exit_code, failure.step, failure.side) == (3, 1, "incremental")
    assert failure.message.startswith("consumer-on-run-start-0: ")
    assert HOOK in failure.message
