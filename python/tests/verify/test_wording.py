"""What readers see: headlines, verbs, colors, tables in a pipe."""

from __future__ import annotations

import datetime as dt
import io
import sys
from datetime import datetime, timezone

import pytest

from entity_kit.cli.terminal import print_colored, table_console
from entity_kit.compare.difference import Comparison
from entity_kit.dbt_bridge.profiles import for_all_models
from entity_kit.project_health.deprecations import Deprecation, as_table
from entity_kit.replay.outcome import Failure, Step
from entity_kit.verify.reports.words import bad_text
from entity_kit.verify.results import ModelResult, ScheduleResult
from entity_kit.wording import verb

AT = datetime(2024, 1, 1, tzinfo=timezone.utc)


def test_a_headline_says_of_each_schedule_what_happened_there() -> None:
    wrong = Step(1, AT, Comparison(0, 0, 1))
    model = ModelResult(
        "fct",
        "model.shop.fct",
        (
            ScheduleResult("arrival", (), failure=Failure(1, "incremental", "no")),
            ScheduleResult("rerun", (Step(1, AT, Comparison(0, 0, 0)),)),
            ScheduleResult("empty", (wrong,)),
            ScheduleResult("late", (wrong,)),
        ),
    )
    assert bad_text(model) == "failed under arrival; differs under empty, late"


def test_a_verb_agrees_with_its_subject() -> None:
    assert [verb(1, each) for each in ("depends", "has", "is", "was")] == [
        "depends",
        "has",
        "is",
        "was",
    ]
    assert [verb(2, each) for each in ("depends", "has", "is", "was")] == [
        "depend",
        "have",
        "are",
        "were",
    ]


@pytest.mark.parametrize(("no_color", "colored"), [("", True), ("1", False), ("0", False)])
def test_no_color_wins_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, no_color: str, *, colored: bool
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("NO_COLOR", no_color)
    print_colored("✗ fct  differs under arrival\n")
    assert ("\x1b[" in terminal.getvalue()) is colored


@pytest.mark.parametrize("columns", ["", "80"])
def test_a_table_in_a_pipe_breaks_no_name(monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    name, owner = "customers_of_the_old_shop_" * 4, "the team for customers and orders " * 3
    day = dt.date(2024, 1, 1)
    deprecated = Deprecation(
        name, "model.shop.x", "shop", None, (), None, day, day, "old", owner, None, (), 0, 0, 0
    )
    pipe = io.StringIO()
    monkeypatch.setattr(sys, "stdout", pipe)
    monkeypatch.setenv("COLUMNS", columns)
    table_console().print(as_table([deprecated], day))
    heading, line = pipe.getvalue().splitlines()
    assert name in line
    assert owner.strip() in line
    assert heading.startswith("model")
    assert len(line) < 400


def test_columns_that_a_folder_of_models_ignores() -> None:
    given = {
        "models": {
            "shop": {
                "+meta": {"entity_kit": {"ignore_columns": ["Loaded_At", "run_id"]}},
                "marts": {"meta": {"entity_kit": {"ignore_columns": "built_at"}}},
            }
        },
        "seeds": {"+meta": {"entity_kit": {"ignore_columns": ["other"]}}},
    }
    assert for_all_models(given, "ignore_columns") == {"loaded_at", "run_id", "built_at"}
    assert for_all_models({"name": "shop"}, "ignore_columns") == frozenset()
