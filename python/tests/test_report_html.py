"""The HTML page: safe against its data, self-contained, small, and structured."""

from __future__ import annotations

import html
import re
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest

from entity_kit.causes.cause import Cause
from entity_kit.compare.difference import Comparison, SampleRow
from entity_kit.replay.outcome import Failure, Step
from entity_kit.verify.reports.html import as_html
from entity_kit.verify.results import ModelResult, ScheduleResult, Timing, VerifyResult

if TYPE_CHECKING:
    from pathlib import Path

    from support.chromium import Page

NOON = datetime(2024, 1, 1, 12, tzinfo=timezone.utc)
HOSTILE = "<script>alert('x')</script>\"&"


def step(number: int, changed: int = 0) -> Step:
    return Step(number, NOON, Comparison(0, 0, changed))


def result(*models: ModelResult) -> VerifyResult:
    return VerifyResult(models, 7, (NOON, NOON), Timing(4.2, 3.1, 0.4), notes=(HOSTILE,))


def differing(name: str) -> ModelResult:
    row = SampleRow("changed", {"id": 1, HOSTILE: HOSTILE}, {HOSTILE: None})
    schedule = ScheduleResult(
        "late",
        (step(1), step(2, 3)),
        cause=Cause("late-arrival", f"because {HOSTILE}"),
        sample=(row,),
    )
    return ModelResult(name, f"model.shop.{name}", (schedule,))


def agreeing(name: str, schedules: int = 1) -> ModelResult:
    shown = tuple(
        ScheduleResult(f"schedule_{n}", tuple(step(k) for k in range(1, 11)))
        for n in range(schedules)
    )
    return ModelResult(name, f"model.shop.{name}", shown)


def test_data_is_never_markup() -> None:
    page = as_html(result(differing(HOSTILE)), HOSTILE)
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_nothing_is_fetched() -> None:
    page = as_html(result(differing("a"), agreeing("b")), "t")
    assert not re.search(r"https?://|url\(|@import|<link|<img|src=", page)


def test_changed_cells_are_marked_and_the_cause_is_told() -> None:
    page = as_html(result(differing("a")), "t")
    was, now = re.findall(r'<span class="(?:was|now)" [^>]*><mark>(.*?)</mark></span>', page)
    assert (was, html.unescape(now)) == ("NULL", HOSTILE)
    assert "<strong>late-arrival</strong>. because" in page
    assert "late: differs from step 2 on" in page


def test_examples_that_agree_are_counted() -> None:
    tried = ModelResult("a", "a", (ScheduleResult("examples", (), examples=20),))
    assert "<td>20 agree</td>" in as_html(result(tried), "t")


def test_every_model_has_its_squares() -> None:
    page = as_html(result(differing("a"), agreeing("b")), "t")
    assert '<i class="a"></i><i class="d"></i>' in page
    assert page.count('<i class="a">') == 11
    assert "1 of 2 incremental models equals its full refresh" in re.sub(r"\s+", " ", page)


@pytest.mark.slow
def test_five_hundred_models_stay_small() -> None:
    models = [agreeing(f"model_{n}", schedules=10) for n in range(450)]
    models += [differing(f"wrong_{n}") for n in range(50)]
    assert len(as_html(result(*models), "t").encode()) < 5_000_000


@pytest.fixture(scope="module")
def page() -> str:
    """Return the page of a result with one of everything."""
    failed = ScheduleResult("storm", (step(1),), failure=Failure(2, "incremental", HOSTILE))
    random = ScheduleResult("gap", (step(1), step(2)), nondeterministic=("drawn",))
    broken = ModelResult("broken", "model.shop.broken", (failed, random))
    return as_html(result(differing(HOSTILE), agreeing("fine", 3), broken), "verify")


def test_in_a_browser_it_asks_for_nothing(chromium_page: Page, page: str, tmp_path: Path) -> None:
    chromium_page.open(page, tmp_path / "page.html")
    assert chromium_page.requests == [(tmp_path / "page.html").resolve().as_uri()]
    assert chromium_page.troubles == []
    assert chromium_page.evaluate("document.title") == "verify: differs"
    assert chromium_page.evaluate("document.scripts.length") == 0


@pytest.mark.parametrize("dark", [False, True])
def test_it_can_be_read_in_light_and_dark(
    chromium_page: Page, page: str, tmp_path: Path, *, dark: bool
) -> None:
    chromium_page.open(page, tmp_path / "page.html")
    chromium_page.look(dark=dark)
    try:
        assert chromium_page.poor_contrasts() == []
    finally:
        chromium_page.look()


def test_by_keyboard(chromium_page: Page, page: str, tmp_path: Path) -> None:
    chromium_page.open(page, tmp_path / "page.html")
    focus = "document.activeElement.tagName + ' ' + document.activeElement.textContent.trim()"
    seen = []
    for _ in range(3):
        chromium_page.press("Tab")
        seen.append(chromium_page.evaluate(focus))
    assert seen == ["A Skip to the overview", "INPUT ", f"A {HOSTILE}"]
    # The box hides the models that agree.
    shown = (
        "[...document.querySelectorAll('tbody tr')].filter((r) => r.closest('section').querySelector('#overview')"
        " && r.getBoundingClientRect().height).length"
    )
    assert chromium_page.evaluate(shown) == 3
    chromium_page.press("Tab", shift=True)
    chromium_page.press("Space")
    assert chromium_page.evaluate(shown) == 2
    # A name leads to what is told of it, and what is told folds up.
    chromium_page.press("Tab")
    chromium_page.press("Enter")
    assert chromium_page.evaluate("location.hash") == "#m1"
    chromium_page.press("Tab")
    assert chromium_page.evaluate("document.activeElement.tagName") == "SUMMARY"
    chromium_page.press("Enter")
    assert chromium_page.evaluate("document.querySelector('#m1 details').open") is False


def test_on_paper_all_is_there(chromium_page: Page, page: str, tmp_path: Path) -> None:
    chromium_page.open(page, tmp_path / "page.html", width=794)
    chromium_page.look(print_=True)
    try:
        hidden = (
            "[...document.querySelectorAll('details > :not(summary)')]"
            ".filter((e) => !e.getBoundingClientRect().height).length"
        )
        assert chromium_page.evaluate(hidden) == 0
        over = (
            "[...document.querySelectorAll('table')].filter((e) => "
            "e.getBoundingClientRect().right > document.documentElement.clientWidth).length"
        )
        assert chromium_page.evaluate(over) == 0
    finally:
        chromium_page.look()


def test_it_fits_a_narrow_window(chromium_page: Page, page: str, tmp_path: Path) -> None:
    chromium_page.open(page, tmp_path / "page.html", width=400)
    assert chromium_page.evaluate("document.documentElement.scrollWidth") <= 400
