"""The pytest plugin: the tests that it collects, also in parallel, and hand-written steps."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from entity_kit import EntityKitError
from entity_kit.steps import Bench, Steps
from support.verify_project import FCT
from support.waiting import PATIENCE

GOOD = FCT.replace("> (select max(loaded_at)", ">= (select coalesce(max(loaded_at), '-infinity')")
TOTALS = """
{{ config(materialized='incremental', unique_key='customer') }}
select customer, count(*) as orders, max(loaded_at) as loaded_at
from {{ source('shop', 'orders') }}
{% if is_incremental() %}
where loaded_at > (select max(loaded_at) from {{ this }})
{% endif %}
group by customer
"""


def pytest_in(project, *arguments):
    """Run pytest as a separate process, and check that only its own folders are left."""
    before = project._state()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--color=no", *arguments],
        cwd=project.folder,
        env={**os.environ, "TMPDIR": str(project.scratch), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert project._state() == before
    assert not list(project.scratch.glob("entity-kit-*"))
    return done


@pytest.mark.slow
def test_models_are_tested_in_parallel(make_project):
    project = make_project({"good.sql": GOOD, "totals.sql": TOTALS})
    done = pytest_in(
        project, "--entity-kit", "--entity-kit-steps", "2", "-n", "2", "--dist", "loadgroup", "-v"
    )
    assert done.returncode == 1, done.stdout + done.stderr
    # A group's name stands behind the test's.
    told = re.sub(r"@entity-kit:\w+", "", done.stdout)
    verdicts = dict(re.findall(r"(?:PASSED|FAILED) dbt_project.yml::(\w+\[\w+\])()", told))
    assert sorted(verdicts) == sorted(
        f"{model}[{schedule}]"
        for model in ("good", "totals")
        for schedule in ("arrival", "rerun", "empty", "gap")
    )
    assert sorted(set(re.findall(r"PASSED dbt_project.yml::(\w+)\[", told))) == ["good"]
    assert sorted(set(re.findall(r"FAILED dbt_project.yml::(\w+)\[", told))) == ["totals"]
    assert "cause: partial-group." in told


STEPS = """
def test_good(replay):
    replay.load("shop.orders", [{"order_id": 1, "customer": "a", "loaded_at": "2024-01-01 06:00"}])
    replay.run()
    replay.load("shop.orders", [{"order_id": 2, "customer": "a", "loaded_at": "2024-01-02 06:00"}])
    replay.run()
    replay.assert_equal("good")


def test_wrong(replay):
    for day in (1, 2):
        replay.load(
            "shop.orders",
            [{"order_id": day, "customer": "a", "loaded_at": f"2024-01-0{day} 06:00"}],
        )
        replay.run()
    replay.assert_equal("totals")
"""


@pytest.mark.slow
def test_steps_by_hand_in_a_test_of_the_project(make_project):
    project = make_project(
        {"good.sql": GOOD, "totals.sql": TOTALS}, files={"tests/test_it.py": STEPS}
    )
    done = pytest_in(project, "-n", "2", "tests/test_it.py")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 failed, 1 passed" in done.stdout
    lines = [line.removeprefix("E").strip() for line in done.stdout.splitlines()]
    start = next(i for i, line in enumerate(lines) if "totals differs" in line)
    assert [re.sub(r" +", " ", line) for line in lines[start : start + 9]] == [
        "AssertionError: totals differs",
        "replay: differs from step 2 of 2 on (2024-01-02 06:00 UTC), never heals: 1 row changed",
        "what arrived when:",
        "shop.orders order_id customer amount ordered_at loaded_at",
        "step 1, 2024-01-01 06:00 1 a NULL NULL 2024-01-01 06:00:00",
        "step 2, 2024-01-02 06:00 2 a NULL NULL 2024-01-02 06:00:00",
        "the result at step 2:",
        "table customer orders loaded_at",
        "incremental a 1 2024-01-02 06:00:00",
    ]
    assert "replay.assert_equal" in done.stdout
    assert "steps.py" not in done.stdout


@pytest.fixture
def bench(make_project):
    project = make_project({"good.sql": GOOD, "totals.sql": TOTALS})
    with project.untouched(), Bench(project.folder) as opened:
        yield opened


def order(number, hour, **columns):
    return {"order_id": number, "customer": "a", "loaded_at": datetime(2024, 1, 1, hour), **columns}  # noqa: DTZ001


@pytest.mark.slow
def test_steps(bench):
    steps = Steps(bench)
    steps.load("shop.orders", [order(1, 5), order(2, 6, amount=Decimal("1.50"))])
    steps.run()
    steps.assert_equal("good")
    steps.assert_equal("totals")
    steps.load("shop.orders", [order(3, 7)])
    steps.run(at="2024-01-01 09:00+01:00")
    steps.assert_equal("good")
    with pytest.raises(
        AssertionError, match="totals differs\n    replay: differs from step 2 of 2"
    ):
        steps.assert_equal("totals")
    # A row that is restated is there once, with its new value.
    steps.load("shop.orders", [order(1, 9, customer="b")], replace=True)
    steps.run(at=datetime(2024, 1, 3, tzinfo=timezone(timedelta(hours=2))))
    with pytest.raises(AssertionError, match="2 rows only in the incremental table"):
        steps.assert_equal("good")
    # The bench is as before for the next test.
    other = Steps(bench)
    other.load("shop.orders", [order(1, 5)])
    other.run()
    other.assert_equal("totals")


def test_steps_that_make_no_sense(bench):
    steps = Steps(bench)

    def refused(what, *arguments, **options):
        with pytest.raises(EntityKitError) as caught:
            what(*arguments, **options)
        return str(caught.value)

    assert refused(steps.load, "shop.order", []) == (
        "There is no source `shop.order`.\nClosest: shop.orders."
    )
    assert refused(steps.assert_equal, "god") == (
        "There is no incremental model `god`.\nClosest: good."
    )
    assert refused(steps.assert_equal, "good") == "Nothing ran.\nCall replay.run() first."
    assert "shop.orders has no column `order`" in refused(steps.load, "shop.orders", [{"order": 1}])
    assert "A row of shop.orders doesn't fit its columns" in refused(
        steps.load, "shop.orders", [{"order_id": date(2024, 1, 1)}]
    )
    assert refused(steps.run, at="soon").startswith("`at` must be a time; got 'soon'.")
    steps.run(at="2024-03-01")
    assert "The clock can't go back" in refused(steps.run, at="2024-02-01")
    steps.load("shop.orders", [order(1, 5)])
    assert "Nothing has run since the last rows were loaded." in refused(steps.assert_equal, "good")


@pytest.mark.slow
def test_steps_without_a_warehouse(make_project):
    """Types come from the YAML, or from the rows."""
    sources = """
sources:
  - name: shop
    tables:
      - name: orders
        config: {loaded_at_field: loaded_at}
        columns: [{name: order_id, data_type: bigint}, {name: customer, data_type: varchar},
                  {name: loaded_at, data_type: timestamp}]
      - name: other
        config: {loaded_at_field: loaded_at}
"""
    model = GOOD.replace("'shop', 'orders'", "'shop', 'other'")
    project = make_project({"totals.sql": TOTALS, "other.sql": model}, sources=sources, data="")
    with Bench(project.folder) as bench:
        steps = Steps(bench)
        steps.load("shop.orders", [order(1, 5), order(2, 6)])
        steps.load(
            "shop.other",
            [{"order_id": None}, {"order_id": 2**40, "loaded_at": order(1, 5)["loaded_at"]}],
        )
        steps.run()
        steps.assert_equal("totals")
        steps.assert_equal("other")
        assert steps._columns["shop.other"] == {"order_id": "BIGINT", "loaded_at": "TIMESTAMP"}
        with pytest.raises(
            EntityKitError, match="Without a table or rows, the columns of a source aren't known"
        ):
            Steps(bench).load("shop.other", [])
    assert not project.warehouse.exists()
