"""`entity-kit verify` holds the models that metrics name to the metrics, after every step."""

from __future__ import annotations

import json
from collections import Counter

import pytest
import yaml

from support.macro_project import PACKAGE
from support.verify_project import SOURCES, write_project

# The project's `shop.orders` has twelve orders, every six hours from 5 o'clock on January 1.
AMOUNTS = [1.5 * number for number in range(12)]
PAGE = PACKAGE / "docs" / "causes" / "metric.md"
BOARD = PAGE.read_text().split("-- models/board.sql\n")[1].split("```")[0]
MODELS = {
    # Another model than those that the tables read.
    "stg_orders.sql": "{{ config(materialized='view') }} select * from {{ source('shop', 'orders') }}",
    "days.sql": "select date '2024-01-01' as day",
    "board.sql": BOARD,
    "right.sql": BOARD.replace("amount + 1", "amount"),
    # It never sees what came later: it isn't its full refresh either.
    "stale.sql": BOARD.replace("amount + 1", "amount").replace(
        "group by", "{% if is_incremental() %} where false {% endif %} group by"
    ),
}


def metric(name: str, model: str, **more: str) -> dict[str, object]:
    place = {"model": model, "column": "total", "grain": "month", **more}
    return {
        "name": name,
        "label": name,
        "type": "simple",
        "type_params": {"measure": "amount"},
        "config": {"meta": {"entity_kit": {"materialized_in": place}}},
    }


PROPERTIES = {
    "models": [
        {
            "name": "days",
            "time_spine": {"standard_granularity_column": "day"},
            "columns": [{"name": "day", "granularity": "day"}],
        }
    ],
    "semantic_models": [
        {
            "name": "orders",
            "model": "ref('stg_orders')",
            "defaults": {"agg_time_dimension": "ordered_at"},
            "entities": [{"name": "order", "type": "primary", "expr": "order_id"}],
            "dimensions": [
                {"name": "ordered_at", "type": "time", "type_params": {"time_granularity": "day"}}
            ],
            "measures": [{"name": "amount", "agg": "sum"}],
        }
    ],
    "metrics": [
        metric("revenue", "board"),
        metric("turnover", "right"),
        metric("sales", "stale"),
        metric("by_the_hour", "right", grain="hour"),
        metric("by_another_name", "right", period="month_start"),
    ],
}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Return what verify says of the models, as JSON, as text, and as a page."""
    folder = tmp_path_factory.mktemp("verified")
    (folder / "scratch").mkdir()
    project = write_project(
        folder,
        folder / "scratch",
        MODELS,
        sources=SOURCES,
        files={"models/metrics.yml": yaml.safe_dump(PROPERTIES)},
    )
    packages = project.folder / "dbt_packages"
    packages.mkdir()
    (packages / "entity_kit").symlink_to(PACKAGE, target_is_directory=True)
    project.write({"packages.yml": f"packages: [{{local: '{PACKAGE}'}}]"})
    page, data = folder / "page.html", folder / "result.json"
    words = ["--report", str(page), "--output", str(data), "--format", "json"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(folder / "scratch"))
        done = project.command(*words)
    assert done.exit_code == 1, done.stderr
    return json.loads(data.read_text()), page.read_text()


def models(finished):
    return {each["name"]: each for each in finished[0]["models"]}


def months(amounts):
    """Return the sum of the orders; all of them are of January."""
    return float(sum(amounts))


pytestmark = pytest.mark.slow


def test_a_model_that_is_its_refresh_and_not_its_metric_is_seen(finished):
    [schedule] = models(finished)["board"]["schedules"]
    assert (schedule["verdict"], schedule["first_divergence"], schedule["cause"]) == (
        "differs",
        1,
        "metric",
    )
    for step in schedule["steps"]:
        assert step["only_incremental"] + step["only_full_refresh"] + step["changed"] == 0
    arrived = Counter()
    for number, step in enumerate(schedule["steps"]):
        [found] = step["metrics"]
        [row] = found["sample"]
        # The model adds 1 to each order that has arrived.
        orders = next(n for n in range(13) if sum(AMOUNTS[:n]) == row["definition_value"] and n)
        assert row["table_value"] - row["definition_value"] == orders
        assert (found["metric"], found["differing"], row["period"]) == ("revenue", 1, "2024-01-01")
        arrived[number] = row["definition_value"]
    assert arrived[len(schedule["steps"]) - 1] == months(AMOUNTS)


def test_a_model_that_is_both_agrees(finished):
    assert models(finished)["right"]["verdict"] == "agrees"


def test_what_differs_from_its_refresh_keeps_its_cause(finished):
    [schedule] = models(finished)["stale"]["schedules"]
    assert schedule["verdict"] == "differs"
    assert schedule["cause"] != "metric"
    assert ["metrics" in step for step in schedule["steps"]] == [False, True, True]


def test_what_can_not_be_compared_is_noted_once(finished):
    notes = [each for each in finished[0]["notes"] if "by_the_hour" in each]
    assert len(notes) == 1
    assert notes[0].startswith(
        "Metric by_the_hour isn't compared with right: metric_reconciles: `metrics` must be"
    )


def test_a_column_that_the_table_lacks_is_named(finished):
    [note] = [each for each in finished[0]["notes"] if "by_another_name" in each]
    assert note.startswith(
        "Metric by_another_name isn't compared with right: metric_reconciles: `period` must be a column of "
    )
    assert note.endswith('; got "month_start". Closest: period_start.')


def test_the_page_shows_the_rows(finished):
    assert (
        "<strong>metric</strong>. It equals its full refresh, but 1 row of its column total"
        in finished[1]
    )
    assert "2024-01-01: table" in finished[1]


def test_the_page_about_the_cause_says_what_verify_says(finished):
    [schedule] = models(finished)["board"]["schedules"]
    quoted = PAGE.read_text().split("```text\n")[1].split("```")[0]
    assert f"    cause: metric. {schedule['explanation']}\n" in quoted
    [row] = schedule["steps"][0]["metrics"][0]["sample"]
    said = f"definition {row['definition_value']} ({row['failure_reason']})"
    assert f"      revenue: 2024-01-01: table {row['table_value']}, {said}\n" in quoted
