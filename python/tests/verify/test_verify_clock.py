"""The simulated clock: however a model reads the time, it gets the step's."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow

DATA = """
create schema shop;
create table shop.orders as
select i as order_id, timestamptz '2024-01-01 02:03:04.000005+00' + i * interval 21 hours as loaded_at
from range(6) as t(i);
"""

# For each: what the model computes, and what it must be, by the last arrival that shows.
SQL = {
    "now()": "arrived",
    "current_timestamp": "arrived",
    "get_current_timestamp()": "arrived",
    "transaction_timestamp()": "arrived",
    "today()": "arrived::date",
    "current_date": "arrived::date",
    "current_localtimestamp()": "arrived::timestamp",
    "localtimestamp": "arrived::timestamp",
    "current_localtime()": "arrived::timestamp::time",
    "localtime": "arrived::timestamp::time",
    "get_current_time()": "arrived::timetz",
    "current_time": "arrived::timetz",
    "{{ dbt.current_timestamp() }}::timestamptz": "arrived",
    "(select arrived from {{ ref('a_view') }})": "arrived",
    "(select arrived from {{ ref('a_table') }})": "arrived",
}
JINJA = {
    "run_started_at": "arrived",
    "modules.datetime.datetime.now(modules.pytz.utc)": "arrived",
    "modules.datetime.datetime.utcnow() ~ '+00'": "arrived",
    "modules.datetime.datetime.now() ~ '+00'": "arrived",
    "modules.datetime.date.today() ~ ' 00:00:00+00'": "date_trunc('day', arrived at time zone 'UTC')"
    " at time zone 'UTC'",
}
DECLARED = """
sources: [{name: shop, tables: [{name: orders, config: {loaded_at_field: loaded_at}}]}]
"""


def checked(values: dict[str, str]) -> str:
    """Return columns that raise an error if a value isn't as expected."""
    return ",\n".join(
        f"if({value} is not distinct from {must}, true, error(concat($${value} is $$, {value},"
        f" ', not ', {must}))) as c{number}"
        for number, (value, must) in enumerate(values.items())
    )


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_every_clock_stands_at_the_step(make_project, zone):
    jinja = {f"timestamptz '{{{{ {value} }}}}'": must for value, must in JINJA.items()}
    clock = "select current_timestamp as arrived"
    project = make_project(
        {
            "a_view.sql": f"{{{{ config(materialized='view') }}}} {clock}",
            "a_table.sql": f"{{{{ config(materialized='table') }}}} {clock}",
            "fct.sql": f"""
                {{{{ config(materialized='incremental', unique_key='order_id') }}}}
                with clock as (select max(loaded_at) as arrived from {{{{ source('shop', 'orders') }}}})
                select order_id, loaded_at, {checked(SQL | jinja)}
                from {{{{ source('shop', 'orders') }}}}, clock
                {{% if is_incremental() %}}
                where loaded_at > (select max(loaded_at) from {{{{ this }}}})
                {{% endif %}}
            """,
        },
        data=DATA,
        sources=DECLARED,
        output={"settings": {"TimeZone": zone}},
        # Where a model of another schema asks for the time, it must be told the same.
        project={"models": {"consumer": {"a_table": {"+schema": "other"}}}},
    )
    assert project.verdicts(schedules=["arrival", "rerun"]) == {"fct": "agrees"}


def test_a_model_that_depends_on_the_clock_differs_for_that_cause(make_project):
    project = make_project(
        {
            "fct.sql": """
                {{ config(materialized='incremental', unique_key='order_id') }}
                select order_id, loaded_at, now() as processed_at from {{ source('shop', 'orders') }}
                {% if is_incremental() %}
                where loaded_at > (select max(loaded_at) from {{ this }})
                {% endif %}
            """
        },
        data=DATA,
        sources=DECLARED,
    )
    (model,) = project.verify().models
    (schedule,) = model.schedules
    assert (schedule.verdict.value, schedule.cause.name) == ("differs", "clock")
    assert schedule.divergence.number == 2
    # The incremental rows keep the time of their own step, to the microsecond.
    old = {row.before["processed_at"] for row in schedule.sample}
    assert old == {"2024-01-01 02:03:04.000005+00"}


def test_a_zone_that_does_not_exist(make_project):
    project = make_project(output={"settings": {"TimeZone": "Mars/Olympus"}})
    assert project.refused() == (
        "The profile's TimeZone 'Mars/Olympus' isn't a time zone that both DuckDB and Python know.\n"
        "For example: TimeZone: Europe/Berlin"
    )
