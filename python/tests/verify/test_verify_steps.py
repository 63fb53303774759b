"""When the project runs: a backfill and small loads after it, runs a day, instants given by hand."""

from __future__ import annotations

import pytest

from entity_kit import Verdict

# A thousand orders at once, then ten days with three each; every second day one comes a day late.
BACKFILL = """
create schema raw;
create table raw.orders as
select
    i as id,
    timestamp '2023-12-31' + to_minutes(i::bigint) as ordered_at,
    timestamp '2024-01-01 12:00' as loaded_at
from range(1000) t(i)
union all
select
    1000 + d * 10 + n,
    timestamp '2024-01-02 08:00' + to_days((case when n = 2 and d % 2 = 0 then d - 1 else d end)::int)
        + to_hours(n::bigint),
    timestamp '2024-01-02 12:00' + to_days(d::int)
from range(10) t(d), range(3) u(n);
-- Lines of orders: every other order has a line that comes a day later than the others.
create table raw.lines as
select 1 as n, id as order_id, loaded_at from raw.orders
union all
select 2, id, loaded_at + to_days((id >= 1000 and id % 20 = 0)::int) from raw.orders;
"""
SOURCES = """
sources:
  - name: raw
    config: {loaded_at_field: loaded_at}
    tables:
      - name: orders
        config: {event_time: ordered_at}
      - name: lines
"""
# The case as it was found; by id instead of event time; and a total of the new lines alone.
BY_EVENT_TIME = """
{{ config(materialized='incremental', unique_key='id') }}
select id, ordered_at, loaded_at from {{ source('raw', 'orders') }}
{% if is_incremental() %} where ordered_at > (select max(ordered_at) from {{ this }}) {% endif %}
"""
LINES_OF_ORDERS = """
{{ config(materialized='incremental', unique_key='order_id') }}
select order_id, count(*) as lines, max(loaded_at) as loaded_at from {{ source('raw', 'lines') }}
{% if is_incremental() %} where loaded_at > (select max(loaded_at) from {{ this }}) {% endif %}
group by all
"""
RIGHT = """
{{ config(materialized='incremental', unique_key='id') }}
select id, ordered_at, loaded_at from {{ source('raw', 'orders') }}
{% if is_incremental() %} where loaded_at > (select max(loaded_at) from {{ this }}) {% endif %}
"""
MODELS = {"by_event_time.sql": BY_EVENT_TIME, "of_lines.sql": LINES_OF_ORDERS, "right.sql": RIGHT}
EXPECTED = {"by_event_time": "differs", "of_lines": "differs", "right": "agrees"}


@pytest.mark.slow
@pytest.mark.parametrize("steps", [None, 11])
def test_a_backfill_hides_nothing_that_comes_after_it(make_project, steps):
    project = make_project(MODELS, data=BACKFILL, sources=SOURCES)
    result = project.verify(steps=steps)
    assert {model.name: model.verdict.value for model in result.models} == EXPECTED
    causes = {m.name: m.schedules[0].cause.name for m in result.models if m.schedules[0].cause}
    assert causes == {"by_event_time": "late-arrival", "of_lines": "partial-group"}
    days = [f"{instant:%m-%d %H}" for instant in result.steps]
    assert days[0] == "01-01 12"
    assert days[-1] == "01-11 12"
    assert len(days) == (steps or 5)


@pytest.mark.slow
def test_every_load_every_day_and_at_given_times(make_project):
    project = make_project({"by_event_time.sql": BY_EVENT_TIME}, data=BACKFILL, sources=SOURCES)
    found = project.command("--steps", "20")
    assert found.exit_code == 1
    assert (
        "note: 11 steps instead of 20: the rows of the declared sources have only 11 different "
        "loaded times." in found.stdout
    )
    assert "differs from step 4 of 11 on (2024-01-04 12:00 UTC)" in found.stdout
    daily = project.verify(every="day", steps=None)
    assert [f"{instant:%m-%d %H:%M}" for instant in daily.steps] == [
        f"01-{day:02} 00:00" for day in range(2, 13)
    ]
    assert daily.verdict is Verdict.DIFFERS
    at = "2024-01-02T12:00:00Z,2024-01-11T12:00:00Z"
    kept = project.process("--at", at, "--steps", "5")
    assert "--steps and --at each say when the project runs" in kept.communicate()[1]
    assert kept.returncode == 2
