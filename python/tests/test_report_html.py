"""The HTML page: safe against its data, self-contained, small, and readable by structure."""

from __future__ import annotations

import re
from datetime import datetime, timezone

from entity_kit.compare import Comparison, SampleRow
from entity_kit.report_html import as_html
from entity_kit.results import Cause, ModelResult, ScheduleResult, Step, Timing, VerifyResult

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
    assert re.search(r"<mark>NULL → ", page)
    assert "<strong>late-arrival</strong>. because" in page
    assert "late: differs from step 2 on" in page


def test_every_model_has_its_squares() -> None:
    page = as_html(result(differing("a"), agreeing("b")), "t")
    assert '<i class="a"></i><i class="d"></i>' in page
    assert page.count('<i class="a">') == 11
    assert "1 of 2 incremental models equals its full refresh" in re.sub(r"\s+", " ", page)


def test_five_hundred_models_stay_small() -> None:
    models = [agreeing(f"model_{n}", schedules=10) for n in range(450)]
    models += [differing(f"wrong_{n}") for n in range(50)]
    assert len(as_html(result(*models), "t").encode()) < 5_000_000
