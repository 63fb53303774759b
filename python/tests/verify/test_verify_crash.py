"""Runs that are killed, and two runs at the same time."""

from __future__ import annotations

import functools
import os
import re
import threading
from datetime import datetime, timezone

import duckdb
import pytest
import yaml
from load_flights import load

from entity_kit import verify
from entity_kit.arrivals.schedules import RECORDED, crash_schedule
from entity_kit.dbt_bridge import warm
from entity_kit.dbt_bridge.profiles import load_target
from entity_kit.dbt_bridge.project import Project, make_runner
from entity_kit.errors import DbtError
from entity_kit.verify.plan import named_schedules
from support.sample_project import ROOT, copy_sample

AT = datetime(2024, 3, 1, tzinfo=timezone.utc)
KILLS = 20
# `ENTITY_KIT_KILLS=200 pytest tests/verify/test_verify_crash.py` is the nightly size: so many over
# the sample project, which takes most of an hour.
NIGHTLY = int(os.environ.get("ENTITY_KIT_KILLS", "0"))

DATA = """
create schema shop;
create table shop.orders as
select
    i as order_id, 'customer ' || i % 7 as customer, cast(i * 1.5 as decimal(10, 2)) as amount,
    timestamp '2024-01-01 05:00' + i * interval 5 hour as ordered_at,
    timestamp '2024-01-01 06:00' + i * interval 5 hour
        + case when i % 9 = 4 then interval 2 day else interval 0 hour end as loaded_at
from range(200) as t(i);
"""
MODELS = {
    "fct.sql": """
        {{ config(materialized='incremental', unique_key='order_id') }}
        select * from {{ source('shop', 'orders') }}
        where {{ entity_kit.incremental_filter('loaded_at') }}""",
    "appended.sql": """
        {{ config(materialized='incremental', incremental_strategy='append') }}
        select order_id, loaded_at from {{ ref('fct') }}
        {% if is_incremental() %}
        where order_id not in (select order_id from {{ this }})
        {% endif %}""",
    "history.sql": """
        {{ entity_kit.scd2_history(
            changes=source('shop', 'orders'), business_key='customer', changed_at='ordered_at',
            loaded_at='loaded_at', tracked_columns=['amount']) }}""",
    "daily.sql": """
        {{ entity_kit.grain_table(
            grain='day', business_key='customer', events=source('shop', 'orders'),
            occurred_at='ordered_at', loaded_at='loaded_at', history=ref('history'),
            attributes=['amount'],
            measures=[{'name': 'orders', 'calculation': 'count(*)'}]) }}""",
}


def with_package(project):
    packages = project.folder / "dbt_packages"
    packages.mkdir()
    (packages / "entity_kit").symlink_to(ROOT)
    project.write({"packages.yml": yaml.safe_dump({"packages": [{"local": str(ROOT)}]})})
    return project


def agree_although_killed(kills, verify, models):
    """Verify with one seed after another until enough runs were killed."""
    killed = seed = 0
    while killed < kills:
        result = verify(schedules=["crash"], steps=10, seed=seed, jobs=2)
        differing = [(m.name, m.schedules) for m in result.models if m.verdict.value != "agrees"]
        assert (result.agrees, differing) == (True, [])
        assert [len(model.schedules[0].steps) for model in result.models] == [10] * models
        (note,) = [note for note in result.notes if note.startswith("crash: ")]
        (count,) = re.findall(r"crash: (\d+) of 10 runs were killed", note)
        killed, seed = killed + int(count), seed + 1
        assert seed < kills  # else none of them is ever killed


@pytest.mark.slow
def test_models_stand_runs_that_are_killed(make_project):
    project = with_package(make_project(MODELS, data=DATA))
    agree_although_killed(KILLS, project.verify, models=4)


@pytest.mark.skipif(not NIGHTLY, reason="takes most of an hour: ask with ENTITY_KIT_KILLS=200")
@pytest.mark.timeout(0)
def test_the_sample_project_stands_runs_that_are_killed(tmp_path, monkeypatch):
    project = copy_sample(tmp_path / "project")
    path = load(tmp_path / "flights.duckdb", days=5, quiet=True)
    monkeypatch.setenv("FLIGHTS_WAREHOUSE", str(path))
    every = functools.partial(verify, project, profiles_dir=project)
    agree_although_killed(NIGHTLY, every, models=46)


# What the same run brought: a run that dies between the two models takes that with it.
MARKED = """
    {{ config(materialized='incremental', unique_key='order_id',
              meta={'entity_kit': {'ignore_columns': ['run']}}) }}
    select *, '{{ invocation_id }}' as run from {{ source('shop', 'orders') }}
    {% if is_incremental() %}
    where loaded_at > (select max(loaded_at) from {{ this }})
    {% endif %}"""
NEW_OF_THIS_RUN = """
    {{ config(materialized='incremental', unique_key='order_id',
              pre_hook="copy (select 1) to '{{ var(\'begun\') }}' (format csv)") }}
    with slow as (select count(*) as n from range(120000000) as t(i) where hash(i) % 3 = 1)
    select order_id, customer from {{ ref('marked') }}, slow
    where n > 0 {% if is_incremental() %} and run = '{{ invocation_id }}' {% endif %}"""


class OnceBegun(threading.Thread):
    """Kill a run as soon as its second model has started, however busy the machine is."""

    def __init__(self, after, kill, begun):
        super().__init__(daemon=True)
        self._kill, self._begun, self._over = kill, begun, threading.Event()
        begun.unlink(missing_ok=True)
        if after is not None:
            self.start()

    def run(self):
        while not self._over.wait(0.01):
            if self._begun.exists():
                self._kill()
                return

    def cancel(self):
        self._over.set()


@pytest.mark.slow
def test_a_model_that_trusts_its_run_is_caught(make_project, tmp_path, monkeypatch):
    begun = tmp_path / "begun"
    project = make_project(
        {"marked.sql": MARKED, "of_this_run.sql": NEW_OF_THIS_RUN},
        data=DATA,
        project={"vars": {"begun": str(begun)}},
    )
    # The second model takes nearly all of a run's time.
    monkeypatch.setattr(warm, "timer_for", functools.partial(OnceBegun, begun=begun))
    result = project.verify(schedules=["arrival", "crash"], steps=4)
    verdicts = {m.name: [s.verdict.value for s in m.schedules] for m in result.models}
    assert verdicts == {"marked": ["agrees"] * 2, "of_this_run": ["agrees", "differs"]}
    crash = result.models[1].schedules[1]
    assert crash.cause.name == "unknown"
    assert crash.cause.explanation.startswith("If no run is killed, the model agrees")


def test_moments_are_drawn_with_the_seed_and_one_for_each_step():
    one = crash_schedule(5, 1)
    assert one == crash_schedule(5, 1) != crash_schedule(5, 2)
    assert one.runs == dict.fromkeys(range(1, 6), 1)
    assert sorted(one.kills) == [1, 2, 3, 4, 5]
    assert all(0.05 <= moment <= 1 for moments in one.kills.values() for moment in moments)


def test_killing_is_asked_for_by_name():
    for asked, named in ((None, False), (["all"], False), (["all", "crash"], True)):
        schedules = named_schedules(asked, [])
        assert list(schedules) == [*RECORDED, *(["crash"] if named else [])]


@pytest.mark.slow
def test_two_runs_at_the_same_time_are_refused_or_right(make_project, tmp_path):
    """DuckDB lets one process write; the other run must fail with a reason, or run afterward."""
    project = with_package(make_project(MODELS, data=DATA))
    folder = tmp_path / "runs"
    folder.mkdir()
    found = load_target(project.folder)
    runner = make_runner(Project(project.folder, folder, found.profile, found.name))
    manifest = runner.parse(project.folder)
    models = [n for n in manifest["nodes"].values() if n["package_name"] == "consumer"]
    names = ["fct", "appended", "history", "daily"]
    arrived = "select * from shop.all_orders where loaded_at <= timestamp '2024-01-01' + interval"
    project.execute("alter table shop.orders rename to all_orders")
    said: list[str] = []

    def run():
        try:
            result = runner.run(project.folder, "run", names, clock=AT)
        except DbtError as error:
            said.append(str(error))
        else:
            said.extend(node.message for node in result.nodes.values() if not node.ok)

    for days in (10, 20, 30, 60):
        project.execute(f"create or replace view shop.orders as {arrived} {days} day")
        threads = [threading.Thread(target=run) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for message in said:
        assert "lock" in message.lower(), message
    runner.run(project.folder, "run", names, clock=AT)
    tables = {node["name"]: node["relation_name"] for node in models if node["name"] in names}
    held = read(project, tables)
    refreshed = runner.run(project.folder, "run", names, clock=AT, full_refresh=True)
    runner.stop()
    assert all(node.ok for node in refreshed.nodes.values())
    assert read(project, tables) == held


def read(project, tables):
    with duckdb.connect(str(project.warehouse)) as connection:
        return {
            name: sorted(map(repr, connection.execute(f"from {table}").fetchall()))
            for name, table in tables.items()
        }
