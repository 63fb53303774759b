"""What is wrong only because of a parent is reported under it, in every format."""

from __future__ import annotations

from datetime import datetime, timezone
from xml.etree import ElementTree as ET

import pytest

from entity_kit.causes.cause import Cause, Place
from entity_kit.compare.difference import Comparison, SampleRow
from entity_kit.replay.outcome import Failure, Step
from entity_kit.verify.reports.github import annotation_lines, markdown_text
from entity_kit.verify.reports.html import as_html
from entity_kit.verify.reports.json import as_json
from entity_kit.verify.reports.junit import as_junit
from entity_kit.verify.reports.text import text_lines
from entity_kit.verify.reports.tree import dependent_lines, roots
from entity_kit.verify.results import ModelResult, ScheduleResult, Timing, VerifyResult

AT = datetime(2024, 1, 1, tzinfo=timezone.utc)
ROW = SampleRow("changed", {"id": 7}, {"id": 6})


def differs(name, cause="late-arrival", *, inherited=(), through=(), schedule="arrival"):
    """Make a model that differs under a schedule, by itself or because others do."""
    step = Step(1, AT, Comparison(0, 0, 1))
    why = Cause(cause, "why", Place(f"{name}.sql", 3), inherited_from=inherited, through=through)
    found = ScheduleResult(schedule, (step,), cause=why, sample=(ROW,))
    return ModelResult(name, f"model.x.{name}", (found,), path=f"{name}.sql")


def fails(name, behind=""):
    failure = Failure(2, "incremental", f"{behind or name}: no such table", behind)
    found = ScheduleResult("arrival", (), failure=failure)
    return ModelResult(name, f"model.x.{name}", (found,), path=f"{name}.sql")


def result(*models):
    return VerifyResult(models, 0, (AT,), Timing(1.0, 0.5, 0.1))


CHAIN = result(
    differs("attempts", inherited=("changes",)),
    differs("changes", "window-cut"),
    differs("visits", inherited=("changes",), through=("attempts",)),
)
SAID = "attempts, visits: wrong only because changes is (visits reads changes through attempts)"
SKIPPED = result(fails("facts", "latest"), fails("latest"), fails("more", "latest"))
SAID_SKIPPED = "facts, more: skipped, because latest failed"
# The model that failed isn't under test itself.
BEHIND_A_TABLE = result(fails("facts", "dim"), fails("more", "dim"))


def suites_of(found):
    root = ET.fromstring(as_junit(found))  # noqa: S314  (we wrote it)
    return {suite.get("name"): suite for suite in root}


def told(found):
    return [(root.name, dependent_lines(root)) for root in roots(found)]


def test_the_model_that_is_wrong_by_itself_comes_first_with_all_that_inherits_it():
    assert told(CHAIN) == [("changes", [SAID])]


def test_the_model_that_failed_is_told_once_with_all_that_it_kept_from_running():
    assert told(SKIPPED) == [("latest", [SAID_SKIPPED])]
    assert told(BEHIND_A_TABLE) == [("dim", ["facts, more: skipped, because dim failed"])]
    assert [model.verdict.value for model in SKIPPED.models] == ["skipped", "failed", "skipped"]
    assert SKIPPED.exit_code == BEHIND_A_TABLE.exit_code == 3


def test_a_model_that_is_wrong_by_itself_under_one_schedule_is_told_by_itself():
    own, inherited = differs("fct", schedule="late"), differs("fct", inherited=("changes",))
    both = ModelResult("fct", "model.x.fct", (*inherited.schedules, *own.schedules))
    assert told(result(differs("changes"), both)) == [("changes", []), ("fct", [])]


def test_two_roots_are_both_named():
    below = differs("sums", inherited=("changes", "states"))
    assert told(result(differs("changes"), differs("states"), below)) == [
        ("changes", ["sums: wrong only because changes and states are"]),
        ("states", []),
    ]


def test_text_shows_the_rows_of_the_root_only():
    lines = list(text_lines(CHAIN))
    assert lines[0].startswith("✗ changes ")
    assert f"    {SAID}" in lines
    assert sum("changed: id=6 → 7" in line for line in lines) == 1
    assert not any(line.startswith(("✗ attempts", "✗ visits")) for line in lines)
    assert lines[-1].startswith("3 incremental models: 3 differ.")
    (marked,) = [line for line in text_lines(SKIPPED) if line.startswith("!")]
    assert marked == "! latest  failed under arrival"
    assert f"    {SAID_SKIPPED}" in list(text_lines(SKIPPED))
    assert sum("no such table" in line for line in text_lines(BEHIND_A_TABLE)) == 1


def test_json_says_from_whom_a_difference_is_inherited():
    models = {model["name"]: model for model in as_json(CHAIN)["models"]}
    assert {name: model["inherited_from"] for name, model in models.items()} == {
        "attempts": ["changes"],
        "changes": [],
        "visits": ["changes"],
    }
    assert models["visits"]["through"] == ["attempts"]
    assert models["visits"]["schedules"][0]["inherited_from"] == ["changes"]
    skipped = as_json(SKIPPED)["models"][0]
    assert (skipped["verdict"], skipped["skipped_behind"]) == ("skipped", "latest")
    assert skipped["schedules"][0]["failure"]["skipped_behind"] == "latest"


def test_markdown_has_one_row_for_all_that_inherits():
    text = markdown_text(CHAIN)
    rows = [line for line in text.splitlines() if line.startswith("| ")][1:]
    assert [row.split(" | ")[0] for row in rows] == ["| changes", "| ↳ attempts, visits"]
    assert "wrong only because changes is" in rows[1]
    assert text.count("<details>") == 1
    skipped = [line for line in markdown_text(BEHIND_A_TABLE).splitlines() if "facts, more" in line]
    assert skipped == [
        "| ↳ facts, more | skipped |  |  | skipped, because dim failed |",
    ]


def test_github_has_one_error_for_a_root():
    errors = [line for line in annotation_lines(CHAIN) if line.startswith("::error")]
    assert len(errors) == 1
    assert "file=changes.sql,line=3" in errors[0]
    assert SAID in errors[0]
    (error,) = [line for line in annotation_lines(BEHIND_A_TABLE) if line.startswith("::error")]
    assert "no such table" in error


def test_junit_names_the_root_and_skips_what_never_ran():
    suites = suites_of(CHAIN)
    message = suites["visits"].find("testcase/failure").get("message")
    assert message == "visits: wrong only because changes is, read through attempts"
    suites = suites_of(SKIPPED)
    assert suites["facts"].find("testcase/skipped").get("message") == "latest failed"
    assert suites["facts"].attrib | {"skipped": "1", "errors": "0"} == suites["facts"].attrib
    assert suites["latest"].find("testcase/error") is not None
    # Nobody else says that the build is broken.
    suites = suites_of(BEHIND_A_TABLE)
    assert suites["facts"].find("testcase/error") is not None


@pytest.mark.parametrize(
    ("found", "root", "said"),
    [(CHAIN, "changes", SAID), (SKIPPED, "latest", SAID_SKIPPED)],
)
def test_html_has_one_article_for_a_root(found, root, said):
    page = as_html(found, "shop")
    assert page.count("<article") == 1
    assert f"<h3>{root} " in page
    assert said in page
    assert page.count('href="#m1"') == 3
