"""The glossary on the project's page."""

from __future__ import annotations

import copy
import datetime as dt
from typing import TYPE_CHECKING, Any

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


def page(**meta: Any) -> str:
    spec = copy.deepcopy(SPEC)
    revenue = {"label": HOSTILE, "description": HOSTILE}
    spec["metrics"][0].update(revenue, config={"meta": {"entity_kit": {**GOVERNED, **meta}}})
    found = manifest(spec, exposures=[{"name": "board", "metrics": ["revenue"]}])
    return as_html(gather(found, DEFAULT_LAYERS, dt.date(2026, 6, 1), Limits()))


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
