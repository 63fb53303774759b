"""The glossary on the project's page."""

from __future__ import annotations

import copy
import datetime as dt
from typing import TYPE_CHECKING, Any

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from entity_kit.cli.metric_past import metric_history, metric_series
from entity_kit.dbt_bridge.profiles import Target
from entity_kit.project_health.metrics.past import Series, VersionEvent
from entity_kit.project_health.page import as_html
from entity_kit.project_health.performance import Limits
from entity_kit.project_health.policies import DEFAULT_LAYERS
from entity_kit.project_health.report import gather
from support.metric_manifest import SPEC, manifest

if TYPE_CHECKING:
    from pathlib import Path

    from support.chromium import Page

HOSTILE = "<script>document.title='gone'</script>\"'&amp;"
GOVERNED = {
    "business_owner": f"Finance {HOSTILE}",
    "category": "Sales",
    "version": 3,
    "certified": {"by": "cfo", "date": "2026-02-01"},
    "synonyms": ["turnover"],
}


PLACE = {"model": "mart", "column": "total", "grain": "month", "period": "month"}
ROWS = [("2026-01-01", 10.0), ("2026-02-01", None), ("2026-03-01", 30.5), ("2026-04-01", 20.0)]
LOG = [
    ("revenue", "2026-03-03", "changed", 2, True),
    ("revenue", "2026-03-01", "added", 2, False),
    ("orders", "2026-03-04", "removed", None, False),
]


def warehouse(folder: Path) -> Target:
    """Write the mart of a metric, a metric table, and the log of versions, as dbt would."""
    with duckdb.connect(str(folder / "shop.duckdb")) as connection:
        connection.execute("create table mart (month date, total decimal(10, 1))")
        connection.executemany("insert into mart values (?, ?)", ROWS)
        connection.execute(
            "create table daily as select date '2026-01-01' + i::integer as period_start, i as orders from range(100) t (i)"
        )
        connection.execute(
            "create table metric_versions (metric_name text, logged_at timestamp, event text, version integer, owes_version boolean, log_id text)"
        )
        for number, row in enumerate(LOG):
            connection.execute(
                "insert into metric_versions values (?, ?, ?, ?, ?, ?)", [row[0], *row[1:], number]
            )
    return Target("shop", "dev", {"type": "duckdb", "path": "shop.duckdb"})


def governed_manifest(**meta: Any) -> dict[str, Any]:
    spec = copy.deepcopy(SPEC)
    spec["metrics"][0]["config"] = {"meta": {"entity_kit": meta}}
    ours = {"metrics": ["orders"], "grain": "day", "dimensions": [], "timezone": "UTC"}
    by_tier = {**ours, "metrics": ["average_order_value"], "dimensions": ["customer__tier"]}
    models = {
        name: {
            "schema": "main",
            "alias": name,
            "config": {"meta": {"entity_kit_metric_table": note} if note else {}},
        }
        for name, note in (
            ("mart", None),
            ("daily", ours),
            ("tiers", by_tier),
            ("absent", {**ours, "metrics": ["growth"]}),
        )
    }
    found = manifest(spec, models=models)
    log = {
        "name": "metric_versions",
        "package_name": "entity_kit",
        "schema": "main",
        "alias": "metric_versions",
    }
    found["nodes"]["model.entity_kit.metric_versions"] = {
        **models["mart"],
        "resource_type": "model",
        "unique_id": "model.entity_kit.metric_versions",
        "depends_on": {"nodes": []},
        "original_file_path": "",
        **log,
    }
    return found


def test_the_values_of_a_metric_are_those_of_its_table(tmp_path: Path) -> None:
    """Its own word about its table comes first. A table by dimensions has no value for all of them."""
    target = warehouse(tmp_path)
    series = metric_series(tmp_path, governed_manifest(materialized_in=PLACE), target)
    assert {name: (each.table, each.grain) for name, each in series.items()} == {
        "revenue": ("mart", "month"),
        "orders": ("daily", "day"),
    }
    assert series["revenue"].points == tuple(ROWS)
    assert series["orders"].points == tuple(
        (str(dt.date(2026, 1, 1) + dt.timedelta(day)), day) for day in range(40, 100)
    )
    assert metric_history(tmp_path, {"nodes": {}}, target) == {}


def test_the_history_of_a_definition_is_that_of_the_log(tmp_path: Path) -> None:
    found = metric_history(tmp_path, governed_manifest(), warehouse(tmp_path))
    assert {name: [str(each) for each in events] for name, events in found.items()} == {
        "revenue": [
            "2026-03-03 changed, version 2, which owes a new version",
            "2026-03-01 added, version 2",
        ],
        "orders": ["2026-03-04 removed"],
    }


values = st.lists(
    st.none() | st.integers(-1000, 1000) | st.floats(-1e6, 1e6), min_size=1, max_size=30
)


@given(values)
def test_a_sparkline_has_each_value_in_its_place(given_values: list[float | None]) -> None:
    points = tuple((f"day {place}", value) for place, value in enumerate(given_values))
    series = Series("daily", "day", points)
    width, height = series.size
    drawn = [point for line in series.lines for point in line]
    known = [(place, value) for place, value in enumerate(given_values) if value is not None]
    assert len(drawn) == len(known)
    for (x, y), (place, _) in zip(drawn, known, strict=True):
        assert 0 < x < width
        assert 0 < y < height
        assert (x - 2) / 4 == place
    # The greater the value, the higher the point; NULL parts the line.
    for (_, y), (_, value) in zip(drawn, known, strict=True):
        assert all(
            y <= other for (_, other), (_, more) in zip(drawn, known, strict=True) if more < value
        )
    for line in series.lines:
        assert [x for x, _ in line] == [line[0][0] + 4 * step for step in range(len(line))]


def page(series: bool = False, **meta: Any) -> str:
    spec = copy.deepcopy(SPEC)
    revenue = {"label": HOSTILE, "description": HOSTILE}
    spec["metrics"][0].update(revenue, config={"meta": {"entity_kit": {**GOVERNED, **meta}}})
    found = manifest(spec, exposures=[{"name": "board", "metrics": ["revenue"]}])
    past: tuple[Any, Any] = ({}, {})
    if series:
        months = tuple((f"2024-{month:02}-01", month**2 % 50 + 0.5) for month in range(1, 13))
        events = tuple(VersionEvent(*row[1:]) for row in LOG[:2])
        past = ({"revenue": Series(f"mart {HOSTILE}", "month", months)}, {"revenue": events})
    return as_html(
        gather(found, DEFAULT_LAYERS, dt.date(2026, 6, 1), Limits(), None, None, None, *past)
    )


def cells(page: Page, name: str) -> list[str]:
    script = f"""[...document.querySelectorAll("#glossary tbody tr")]
        .find((row) => row.querySelector("th").innerText === "{name}")"""
    found: list[str] = page.evaluate(f"[...({script}).children].map((cell) => cell.innerText)")
    return found


def shown(page: Page) -> list[str]:
    script = """[...document.querySelectorAll("#glossary tbody tr:not([hidden]) th")]
        .map((name) => name.innerText)"""
    found: list[str] = page.evaluate(script)
    return found


def test_what_it_says_and_finds(chromium_page: Page, tmp_path: Path) -> None:
    chromium_page.open(page(), tmp_path / "page.html")
    assert cells(chromium_page, "revenue") == [
        "revenue",
        f"{HOSTILE}: {HOSTILE} Also: turnover.",
        "sum(amount) time: ordered_at by day",
        f"Finance {HOSTILE}",
        "Sales",
        "3",
        "certified 2026-02-01 by cfo",
        "fct_orders.amount (aggregated), fct_orders.ordered_at (time)",
        "metric average_order_value, metric growth, exposure board",
    ]
    assert chromium_page.evaluate("document.title") == "shop: report"
    for word, found in (("turn", ["revenue"]), ("SALES", ["revenue"]), ("order", ["average_order_value", "orders"])):  # fmt: skip
        chromium_page.evaluate("document.getElementById('search-metrics').focus()")
        chromium_page.evaluate("document.getElementById('search-metrics').value = ''")
        chromium_page.press(word)
        assert shown(chromium_page) == found
    for dark in (False, True):
        chromium_page.look(dark=dark)
        assert chromium_page.poor_contrasts() == []
    chromium_page.look()
    # A name leads to the metric's line among all nodes, and from there to the graph.
    number = chromium_page.evaluate("document.querySelector('#glossary a').hash")
    name = chromium_page.evaluate(f"document.querySelector('{number} th').innerText")
    assert name == "average_order_value"


def test_values_and_the_history_of_versions(chromium_page: Page, tmp_path: Path) -> None:
    chromium_page.open(page(series=True), tmp_path / "page.html", width=420)
    found = cells(chromium_page, "revenue")
    assert (found[3].strip(), found[6].split("\n")[0]) == ("44.5", "3")
    script = """document.querySelector("#glossary svg.values").getAttribute("aria-label")"""
    said = f"mart {HOSTILE} by month, 2024-01-01 to 2024-12-01; last 44.5"
    assert chromium_page.evaluate(script) == said
    chromium_page.evaluate("document.querySelector('#glossary summary').click()")
    assert "2026-03-01 added, version 2" in cells(chromium_page, "revenue")[6]
    assert cells(chromium_page, "orders")[3] == ""
    for dark in (False, True):
        chromium_page.look(dark=dark)
        assert chromium_page.poor_contrasts() == []
    chromium_page.look()
    assert chromium_page.evaluate("document.title") == "shop: report"


def test_a_wrong_word_leaves_the_rest_of_the_page() -> None:
    text = page(verison=2)
    assert (
        "Not available: models/metrics.yml: metric revenue: config.meta.entity_kit may have" in text
    )
    assert 'id="glossary"' not in text
    assert 'id="all"' in text


def test_a_project_without_metrics_has_no_glossary() -> None:
    found = manifest({"semantic_models": [], "metrics": []})
    text = as_html(gather(found, DEFAULT_LAYERS, dt.date(2026, 6, 1), Limits()))
    assert 'id="metrics"' not in text
