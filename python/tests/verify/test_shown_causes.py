"""Causes explain what is shown: small models that once got a wrong cause or explanation.

One project holds all of them, and few runs of it; what each test asks is read from these.
"""

from __future__ import annotations

import pytest

from entity_kit import Verdict, verify
from entity_kit.verify.reports.text import story
from support.verify_project import write_project

pytestmark = pytest.mark.slow

DATA = """
create schema raw;
create table raw.readings as
select
    i as id,
    case when i % 3 = 0 then null else 'L' || (i % 2) end as phase,
    i * 10 as value,
    timestamp '2024-01-01' + to_hours(i * 6) as loaded_at
from range(1, 25) t(i);
create table raw.orders as
select i as id, i * 10 as amount, timestamp '2024-01-01' + to_days(i::int) as loaded_at
from range(1, 9) t(i);
create table raw.visits as
select i as id, n as visit, timestamp '2024-01-01' + to_days(i::int) as loaded_at
from range(1, 9) t(i), range(3) u(n);
create table raw.states as
select
    'c' || (i % 3) as charger, 's' || i as state, timestamp '2024-01-01' + to_hours(i * 6) as loaded_at
from range(1, 31) t(i);
-- A long session a day, of twelve hours with a page each; and a short one of somebody else's an hour.
create table raw.pages as
select
    'long' || d as session_id,
    timestamp '2024-01-01' + to_days(d::int) + to_hours((8 + h)::bigint) as viewed_at
from range(6) t(d), range(12) u(h)
union all
select 'short' || d || '-' || h, timestamp '2024-01-01 00:30' + to_days(d::int) + to_hours(h::bigint)
from range(6) t(d), range(24) u(h);
-- A complete extract a day; every second day a product is gone.
create table raw.extracts as
select
    'p' || p as product, p * 10 as price, 'web' as shop,
    timestamp '2024-01-01' + to_days(d::int) as loaded_at
from range(8) t(d), range(6) u(p)
where p >= d // 2;
-- Two lines an order, which come with it.
create table raw.lines as
select
    i * 2 + n as line_id, i as id, timestamp '2024-01-01' + to_days(i::int) as loaded_at
from range(1, 9) t(i), range(2) u(n);
-- Half of a day's sales are loaded at noon, the others after midnight.
create table raw.sales as
select
    d * 4 + n as id,
    timestamp '2024-01-01 08:00' + to_days(d::int) + to_hours(n) as sold_at,
    timestamp '2024-01-01 12:00' + to_days(d::int) + to_hours(n // 2 * 15) as loaded_at
from range(8) t(d), range(4) u(n);
"""
SOURCES = """
sources:
  - name: raw
    schema: raw
    config: {loaded_at_field: loaded_at}
    tables:
      - name: readings
      - name: orders
      - name: visits
      - name: states
      - {name: pages, config: {loaded_at_field: viewed_at}}
      - name: extracts
      - name: sales
      - name: lines
        config:
          event_time: loaded_at
          meta: {entity_kit: {row_key: [line_id], delivery: {late_by: {days: 2}, redelivers: true}}}
"""
MODELS = {
    "null_in_the_key.sql": """
        {{ config(materialized='incremental', unique_key=['id', 'phase']) }}
        with new as (
            select * from {{ source('raw', 'readings') }}
            {% if is_incremental() %}
            where loaded_at > (select max(read_up_to) from {{ this }})
            {% endif %}
        )
        select id, phase, value, (select max(loaded_at) from new) as read_up_to from new
    """,
    "stamped.sql": """
        {{ config(materialized='incremental', unique_key='id') }}
        with new as (
            select * from {{ source('raw', 'readings') }}
            {% if is_incremental() %}
            where loaded_at > (select max(read_up_to) from {{ this }})
            {% endif %}
        )
        select id, phase, value, (select max(loaded_at) from new) as read_up_to from new
    """,
    "numbered.sql": """
        {{ config(materialized='incremental', unique_key='id') }}
        select
            id, value, loaded_at,
            {% if is_incremental() %}(select max(batch) + 1 from {{ this }}){% else %}1{% endif %} as batch
        from {{ source('raw', 'readings') }}
        {% if is_incremental() %}
        where loaded_at > (select max(loaded_at) from {{ this }})
        {% endif %}
    """,
    "run_named.sql": """
        {{ config(materialized='incremental', unique_key='id') }}
        select id, value, loaded_at, '{{ invocation_id }}' as run_id
        from {{ source('raw', 'readings') }}
        {% if is_incremental() %}
        where loaded_at > (select max(loaded_at) from {{ this }})
        {% endif %}
    """,
    # It is stamped, and loses rows besides.
    "stamped_and_wrong.sql": """
        {{ config(materialized='incremental', unique_key='id') }}
        with new as (
            select * from {{ source('raw', 'readings') }}
            {% if is_incremental() %}
            where loaded_at > (select max(read_up_to) + interval 12 hours from {{ this }})
            {% endif %}
        )
        select id, value, (select max(loaded_at) from new) as read_up_to from new
    """,
    # Only the newest extract counts, and what it lacks stays. No ranking within a key removes a key.
    "newest_extract.sql": """
        {{ config(materialized='incremental', unique_key='product_code') }}
        select product as product_code, price, shop, now() as read_at
        from {{ source('raw', 'extracts') }}
        where loaded_at = (select max(loaded_at) from {{ source('raw', 'extracts') }})
        qualify row_number() over (partition by product order by price) = 1
    """,
    # Every customer was seen in the last batch: one value, but one of each customer's rows.
    "last_seen.sql": """
        {{ config(materialized='incremental', unique_key='customer') }}
        select id % 3 as customer, max(date_trunc('day', loaded_at)) as last_seen
        from {{ source('raw', 'readings') }}
        {% if is_incremental() %}
        where id % 3 not in (select customer from {{ this }})
        {% endif %}
        group by 1
    """,
    "listed.sql": """
        {{ config(materialized='incremental', unique_key='phase') }}
        with touched as (
            select * from {{ source('raw', 'readings') }}
            {% if is_incremental() %}
            where coalesce(phase, '') in (
                select coalesce(phase, '') from {{ source('raw', 'readings') }}
                where loaded_at > (select max(loaded_at) from {{ this }})
            )
            order by id desc
            {% endif %}
        )
        select
            coalesce(phase, '') as phase, list(value) as readings,
            string_agg(value, ',') as written, max(loaded_at) as loaded_at
        from touched
        group by 1
    """,
    "fan_out.sql": """
        {{ config(materialized='incremental', unique_key='id') }}
        select o.id, o.amount, o.loaded_at
        from {{ source('raw', 'orders') }} o
        {% if is_incremental() %}
        left join {{ source('raw', 'visits') }} v on v.id = o.id
        where o.loaded_at > (select max(loaded_at) from {{ this }})
        {% endif %}
    """,
    "days_of_sales.sql": """
        {{ config(materialized='incremental', incremental_strategy='append') }}
        select cast(sold_at as date) as day, count(*) as sales from {{ source('raw', 'sales') }}
        {% if is_incremental() %}
        where cast(sold_at as date) > (select max(day) from {{ this }})
        {% endif %}
        group by 1
    """,
    "all_lines.sql": "select * from {{ source('raw', 'lines') }}",
    "counted_lines.sql": """
        {{ config(materialized='incremental', unique_key='id') }}
        with counted as (select id, count(*) as lines from {{ ref('all_lines') }} group by id)
        select id, amount, coalesce(lines, 0) as lines, loaded_at
        from (select * from {{ source('raw', 'orders') }}) o
        left join counted using (id)
        {% if is_incremental() %}
        where o.loaded_at > (select max(loaded_at) from {{ this }})
        {% endif %}
    """,
    "appended_again.sql": """
        {{ config(materialized='incremental') }}
        select id, amount, loaded_at from {{ source('raw', 'orders') }}
        {% if is_incremental() %}
        where loaded_at >= (select max(loaded_at) from {{ this }})
        {% endif %}
    """,
    "sessions.sql": """
        {{ config(materialized='incremental', unique_key='session_id') }}
        select
            session_id, min(viewed_at) as started_at, max(viewed_at) as ended_at, count(*) as pages
        from {{ source('raw', 'pages') }}
        {% if is_incremental() %}
        where viewed_at > (select max(started_at) - interval 3 hours from {{ this }})
        {% endif %}
        group by session_id
    """,
    "changes.sql": """
        {{ config(materialized='incremental', unique_key=['charger', 'loaded_at']) }}
        select charger, state, loaded_at,
            lag(state) over (partition by charger order by loaded_at) as previous_state
        from {{ source('raw', 'states') }}
        {% if is_incremental() %} where loaded_at > (select max(loaded_at) from {{ this }}) {% endif %}
    """,
    "attempts.sql": """
        {{ config(materialized='incremental', unique_key=['charger', 'loaded_at']) }}
        select charger, loaded_at, state, previous_state from {{ ref('changes') }}
        {% if is_incremental() %} where loaded_at > (select max(loaded_at) from {{ this }}) {% endif %}
    """,
    "seen.sql": """
        {{ config(materialized='incremental', unique_key=['charger', 'loaded_at']) }}
        select charger, loaded_at, max(previous_state) as previous_state, count(*) as n
        from {{ ref('attempts') }}
        {% if is_incremental() %} where loaded_at > (select max(loaded_at) from {{ this }}) {% endif %}
        group by charger, loaded_at
    """,
    "latest.sql": """
        {{ config(materialized='incremental', unique_key=['charger', 'loaded_at']) }}
        select charger, if(state = 's25', error('state s25'), state) as state, loaded_at
        from {{ source('raw', 'states') }}
        {% if is_incremental() %} where loaded_at > (select max(loaded_at) from {{ this }}) {% endif %}
    """,
    "dim.sql": """
        {{ config(materialized='table') }}
        select distinct charger from {{ ref('latest') }}
    """,
    "facts.sql": """
        {{ config(materialized='incremental', unique_key=['charger', 'loaded_at']) }}
        select s.charger, s.state, s.loaded_at
        from {{ source('raw', 'states') }} s join {{ ref('dim') }} d using (charger)
        {% if is_incremental() %} where s.loaded_at > (select max(loaded_at) from {{ this }}) {% endif %}
    """,
    "from_a_start_date.sql": """
        {{ config(materialized='incremental', unique_key='id') }}
        select id, value, loaded_at from {{ source('raw', 'readings') }}
        {% if is_incremental() %}
        where loaded_at > (select coalesce(max(loaded_at), timestamp '1900-01-01') from {{ this }})
        {% else %}
        where loaded_at >= timestamp '2024-01-02'
        {% endif %}
    """,
}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shown")
    return write_project(folder, folder, MODELS, data=DATA, sources=SOURCES).folder


def shown(project, select, schedule="arrival", steps=3):
    found = verify(project, select=select, schedules=[schedule], steps=steps, jobs=1)
    return {model.name: (model.schedules[0], model) for model in found.models}


@pytest.fixture(scope="module")
def by_day(project):
    return shown(project, ["fan_out", "appended_again"])


def test_a_select_that_gives_rows_twice_is_told_from_a_key_that_fails(by_day):
    cause = by_day["fan_out"][0].cause
    assert cause.name == "duplicate-key"
    assert "didn't exist before the last run" in cause.explanation
    assert "Only the incremental run joins raw.visits" in cause.explanation
    assert "didn't replace" not in cause.explanation
    # The line of the join, not that of the key.
    assert (cause.place.line, cause.place.what) == (6, "visits")


def test_a_row_that_is_read_twice_is_added_twice(by_day):
    cause = by_day["appended_again"][0].cause
    assert cause.name == "duplicate-key"
    assert "a row that is read twice is added twice" in cause.explanation


def test_what_is_only_joined_is_neither_late_nor_read_twice(project):
    """The run reads all of the lines, but no order again: however they come, a join is stale."""
    found = verify(
        project, select=["counted_lines"], schedules=["arrival", "late", "redelivers"], steps=3
    )
    arrival, late, redelivers = found.models[0].schedules
    assert arrival.verdict is Verdict.AGREES
    assert (late.cause.name, redelivers.cause.name) == ("stale-join", "stale-join")
    assert "arrived late, and the rows joined to them weren't read again" in late.cause.explanation
    assert "arrived a second time, and the rows joined" in redelivers.cause.explanation


def test_a_row_of_the_day_that_is_the_watermark_ties_with_it(project):
    """However late in the day a run comes, some of the day's rows are yet to be loaded."""
    cause = shown(project, ["days_of_sales"], steps=5)["days_of_sales"][0].cause
    assert cause.name == "boundary-tie"
    assert "is exactly the watermark" in cause.explanation


@pytest.mark.parametrize("steps", [4, 5])
def test_a_trailing_window_that_cuts_a_session_is_a_partial_group(project, steps):
    cause = shown(project, ["sessions"], steps=steps)["sessions"][0].cause
    assert cause.name == "partial-group"
    # The watermark is a timestamp.
    assert "truncated to the" not in cause.explanation


def test_a_fallback_before_the_start_date_is_a_watermark_that_was_null(project):
    cause = shown(project, ["from_a_start_date"], "empty")["from_a_start_date"][0].cause
    assert cause.name == "null-watermark"
    assert "first run found empty sources" in cause.explanation


STAMPED = ["null_in_the_key", "stamped", "numbered", "run_named", "stamped_and_wrong", "last_seen"]


@pytest.fixture(scope="module")
def readings(project):
    return shown(project, [*STAMPED, "listed", "newest_extract"])


@pytest.mark.parametrize(
    ("model", "column"),
    [("null_in_the_key", "read_up_to"), ("stamped", "read_up_to"), ("numbered", "batch")],
)
def test_a_column_that_holds_the_run_is_a_run_stamp(readings, model, column):
    result = readings[model][0]
    assert result.verdict is Verdict.DIFFERS
    assert result.cause.name == "run-stamp"
    assert result.cause.explanation.startswith(f"{column} depends on the run and not on the data")
    assert f"ignore_columns: [{column}]" in result.cause.fix
    assert f"diverges: {{columns: [{column}], reason:" in result.cause.fix


def test_the_name_of_a_run_differs_between_full_refreshes_too(readings):
    result = readings["run_named"][0]
    assert result.verdict is Verdict.NONDETERMINISTIC
    assert result.nondeterministic == ("run_id",)
    assert result.cause.name == "run-stamp"
    assert "ignore_columns: [run_id]" in result.cause.fix


def test_a_stamp_does_not_hide_what_else_is_wrong(readings):
    result, model = readings["stamped_and_wrong"]
    assert result.verdict is Verdict.DIFFERS
    assert result.cause.name != "run-stamp"
    assert result.divergence.comparison.only_full_refresh
    assert not result.divergence.comparison.changed
    assert any("read_up_to depends on the run" in note for note in model.notes)


def test_a_key_that_a_newer_load_lacks_is_a_missed_delete(readings):
    result, model = readings["newest_extract"]
    assert result.divergence.comparison.only_incremental
    assert result.cause.name == "missed-delete"
    # What is the same in all rows of both tables is no stamp.
    (note,) = (note for note in model.notes if "run-stamp" in note)
    assert "ignore_columns: [read_at]" in note


def test_one_value_of_many_groups_is_no_stamp(readings):
    assert readings["last_seen"][0].cause.name == "missed-update"


def test_the_order_of_a_list_is_chance(readings):
    result = readings["listed"][0]
    assert result.verdict is Verdict.NONDETERMINISTIC
    assert set(result.nondeterministic) == {"readings", "written"}
    assert result.cause is None
    said = "\n".join(story(result))
    assert "only the order of the values in readings, written differs" in said


@pytest.fixture(scope="module")
def chargers(project):
    return shown(project, ["changes", "attempts", "seen", "latest", "facts"])


def test_a_child_of_a_wrong_parent_says_whose_difference_it_is(chargers):
    assert chargers["changes"][1].inherited_from == ()
    assert chargers["changes"][0].cause.name == "window-cut"
    for name, through in (("attempts", ()), ("seen", ("attempts",))):
        assert chargers[name][1].inherited_from == ("changes",)
        assert chargers[name][1].through == through
        # Its code is innocent.
        assert chargers[name][0].cause.place.line is None


def test_what_a_failed_parent_kept_from_running_is_skipped(chargers):
    assert chargers["latest"][0].verdict is Verdict.FAILED
    result, model = chargers["facts"]
    assert result.verdict is Verdict.SKIPPED
    assert model.skipped_behind == "latest"
