"""When the project runs: a backfill and small loads after it, daily runs, given instants."""

from __future__ import annotations

import json
import re
import shlex
from xml.etree import ElementTree as ET

import pytest

from entity_kit import Verdict
from support.verify_project import run

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
    # By default two more: the record tells of a cut, the last load stands by itself, and the rest is
    # parted evenly all the same.
    assert len(days) == (steps or 7)


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
    kept = project.command("--at", at, "--steps", "5")
    assert "--steps and --at can't be combined: each sets when the project runs" in kept.stderr
    assert kept.exit_code == 2


# Two models of two sources: one began two years before the other, whose model never gets over it.
TWO_YEARS = """
create schema raw;
create table raw.old as
select i as id, timestamp '2022-01-01' + to_days(i::int * 7) as loaded_at from range(120) t(i);
create table raw.new as
select i as id, i % 3 as kind, timestamp '2024-01-01' + to_days(i::int // 2) as loaded_at from range(60) t(i);
"""
TWO_SOURCES = """
sources:
  - name: raw
    config: {loaded_at_field: loaded_at}
    tables:
      - name: old
      - name: new
        config: {meta: {entity_kit: {delivery: {split_batches: true}}}}
"""
STRICTLY = """
{{ config(materialized='incremental', unique_key='id') }}
select id, loaded_at from {{ source('raw', '%s') }}
{%% if is_incremental() %%} where loaded_at > (select max(loaded_at) from {{ this }}) {%% endif %%}
"""
TOTALS = """
{{ config(materialized='incremental', unique_key='kind') }}
select kind, count(*) as n, max(loaded_at) as loaded_at from {{ source('raw', 'new') }}
{% if is_incremental() %}
where loaded_at > (select coalesce(max(loaded_at), timestamp '1970-01-01') from {{ this }})
{% endif %}
group by kind
"""


@pytest.mark.slow
def test_every_printed_command_says_the_same_again(make_project):
    models = {"m_old.sql": STRICTLY % "old", "m_new.sql": STRICTLY % "new", "totals.sql": TOTALS}
    project = make_project(models, data=TWO_YEARS, sources=TWO_SOURCES)
    given = ("--steps", "4", "--seed", "3", "--format", "json")
    found = json.loads(project.command(*given, "--schedules", "arrival,split_batches").stdout)
    said = {
        model["name"]: {s["schedule"]: (s["verdict"], s["cause"]) for s in model["schedules"]}
        for model in found["models"]
    }
    assert said["m_old"] == {"arrival": ("agrees", None)}
    # Its source was empty when the project ran first.
    assert said["m_new"]["arrival"] == ("differs", "null-watermark")
    assert said["totals"]["arrival"] == ("differs", "partial-group")

    text = project.command("--steps", "4", "--seed", "3", "--schedules", "arrival,split_batches")
    commands = re.findall(r"^ +reproduce: entity-kit (.*)$", text.stdout, re.MULTILINE)
    assert len(commands) == 2
    for command in commands:
        again = run([*shlex.split(command), "--format", "json"])
        assert again.exit_code == 1
        result = json.loads(again.stdout)
        assert result["steps"] == found["steps"]
        assert result["seed"] == 3
        (model,) = result["models"]
        assert {s["schedule"]: s["verdict"] for s in model["schedules"]} == {
            name: verdict
            for name, (verdict, _) in said[model["name"]].items()
            if verdict == "differs"
        }


@pytest.mark.slow
def test_what_puts_nothing_to_the_test_says_so(make_project):
    sources = SOURCES.replace(
        "{event_time: ordered_at}",
        "{event_time: ordered_at, meta: {entity_kit: {delivery: {split_batches: true}}}}",
    )
    project = make_project(
        {"right.sql": RIGHT},
        # Each order by itself, so that no batch can be split.
        data="create schema raw; create table raw.orders as select i as id, "
        "timestamp '2024-01-01' + to_days(i::int) as ordered_at, ordered_at as loaded_at "
        "from range(9) t(i);",
        sources=sources,
    )
    reports = {name: project.folder.parent / f"result.{name}" for name in ("xml", "html", "md")}
    arguments = [
        *("--schedules", "arrival,split_batches", "--junit", str(reports["xml"])),
        *("--report", str(reports["html"]), "--markdown", str(reports["md"])),
    ]
    found = project.command(*arguments)
    assert found.exit_code == 0
    assert (
        "✓ right  agrees at each of 3 steps (arrival); nothing to test under split_batches\n"
        "    note: split_batches tests nothing: it couldn't alter any row.\n"
    ) in found.stdout
    (case,) = ET.fromstring(reports["xml"].read_text()).findall(".//testcase[skipped]")  # noqa: S314
    assert case.get("name") == "split_batches"
    assert case[0].get("message") == "split_batches tests nothing: it couldn't alter any row."
    assert "nothing to test" in reports["html"].read_text()
    assert "it couldn't alter any row" in reports["md"].read_text()
    (model,) = json.loads(project.command(*arguments[:2], "--format", "json").stdout)["models"]
    assert [(s["altered"], s["untried"]) for s in model["schedules"]] == [
        (None, None),
        (0, "it couldn't alter any row"),
    ]


def test_a_model_that_is_never_run_incrementally_is_not_proven(make_project):
    project = make_project({"by_event_time.sql": BY_EVENT_TIME}, data=BACKFILL, sources=SOURCES)
    found = project.command("--steps", "1")
    assert (found.exit_code, found.stdout) == (2, "")
    assert found.stderr.endswith(
        "Error: Nothing would be tested: with 1 step, arrival builds each model once, from scratch, "
        "and nothing runs incrementally.\n"
        "Use --steps 2 or more. If all rows have the same loaded time, use --schedules rerun,empty.\n"
    )


@pytest.mark.slow
def test_of_one_load_what_runs_again_is_proven_and_the_rest_says_so(make_project):
    data = BACKFILL.split("union all", maxsplit=1)[0] + ";"
    project = make_project({"by_event_time.sql": BY_EVENT_TIME}, data=data, sources=SOURCES)
    assert "with 1 step, arrival, gap build each model once" in project.refused(
        schedules=["arrival", "gap"]
    )
    found = project.command("--schedules", "arrival,rerun")
    assert found.exit_code == 0
    assert "(rerun); nothing to test under arrival\n" in found.stdout
    assert "note: arrival tests nothing: the model is built once, from scratch" in found.stdout
