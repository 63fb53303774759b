"""Annotations and Markdown: escaped as GitHub requires, at the model's file and line."""

from __future__ import annotations

import re
from datetime import datetime, timezone

import pytest

from entity_kit.causes.cause import Cause, Place
from entity_kit.compare.difference import Comparison, SampleRow
from entity_kit.replay.outcome import Failure, Step
from entity_kit.verify.reports.github import MARKER, annotation_lines, markdown_text
from entity_kit.verify.results import ModelResult, ScheduleResult, Timing, VerifyResult
from support.verify_project import FCT

AT = datetime(2024, 1, 1, tzinfo=timezone.utc)
HOSTILE = "a%b\r\n::error::x,y:z|`<b>@team [l](u) #1 ``` \x1b[31m"


def result(*models, notes=()):
    return VerifyResult(models, 7, (AT,), Timing(1.0, 0.5, 0.1), notes=notes)


def differing(name="fct", *, text="because", path="models/fct.sql", line=4, value=1):
    schedule = ScheduleResult(
        "late",
        (Step(1, AT, Comparison(0, 0, 3)),),
        cause=Cause("late-arrival", text, Place(path, line, "the is_incremental() block")),
        sample=(SampleRow("changed", {"id": value}, {"id": None}),),
    )
    agreeing = ScheduleResult("arrival", (Step(1, AT, Comparison(0, 0, 0)),))
    return ModelResult(name, f"model.shop.{name}", (agreeing, schedule), path=path)


def undone(line):
    """Return a workflow command's kind, properties and text, as the runner reads them."""
    kind, given, text = re.fullmatch(r"::(\w+) ?(.*?)::(.*)", line).groups()
    properties = dict(part.split("=", 1) for part in given.split(",")) if given else {}

    def back(value):
        for code, character in (
            ("%0D", "\r"),
            ("%0A", "\n"),
            ("%3A", ":"),
            ("%2C", ","),
            ("%25", "%"),
        ):
            value = value.replace(code, character)
        return value

    return kind, {name: back(value) for name, value in properties.items()}, back(text)


def test_an_annotation_stands_at_the_models_line():
    line, closing = annotation_lines(result(differing()), "dbt/shop")
    kind, properties, text = undone(line)
    assert (kind, properties) == (
        "error",
        {
            "file": "dbt/shop/models/fct.sql",
            "line": "4",
            "title": "entity-kit: fct differs (late-arrival)",
        },
    )
    assert text.splitlines()[0] == "fct differs under late"
    assert "late: differs from step 1 of 1" in text
    assert "cause: late-arrival. because" in text
    assert closing.startswith("1 incremental model: 1 differs.")


def test_hostile_text_is_no_command():
    noted = ModelResult("m", "model.m", (), (HOSTILE,), path="models/m.sql")
    model = differing(HOSTILE, text=HOSTILE, path=f"models/{HOSTILE}.sql", value=HOSTILE)
    lines = list(annotation_lines(result(model, noted, notes=(HOSTILE,))))
    assert [line.split(" ")[0].split("::")[1] for line in lines[:-1]] == [
        "error",
        "warning",
        "notice",
    ]
    for line in lines:
        assert not re.search(r"[\x00-\x1f]", line)
    _, properties, text = undone(lines[0])
    assert sorted(properties) == ["file", "line", "title"]
    assert "::error::x,y:z" in text
    assert text.count("\n") > 3


def test_a_model_that_failed_has_no_line():
    failed = ScheduleResult("arrival", (), failure=Failure(1, "incremental", "no\nsuch table"))
    line, _ = annotation_lines(result(ModelResult("m", "m", (failed,), path="models/m.sql")))
    kind, properties, text = undone(line)
    assert (kind, properties["file"], "line" in properties) == ("error", "models/m.sql", False)
    assert "no\n  such table" in text


def test_markdown_names_what_differs():
    text = markdown_text(result(differing(), notes=("a note",)))
    lines = text.splitlines()
    assert lines[:2] == [MARKER, "### entity-kit verify: differs"]
    assert (
        "| fct | differs | late | step 1: 3 rows changed | late-arrival at models/fct.sql:4 |"
        in lines
    )
    assert "<details><summary>fct</summary>" in lines
    assert "- a note" in lines


def test_markdown_of_agreeing_models_is_a_sentence():
    agreeing = ModelResult("m", "m", (ScheduleResult("arrival", ()),))
    text = markdown_text(result(agreeing))
    assert "1 of 1 incremental model equals its full refresh at every step." in text
    assert "|" not in text
    assert "<details>" not in text


def test_hostile_text_is_no_markup():
    text = markdown_text(result(differing(HOSTILE, text=HOSTILE), notes=(HOSTILE,)))
    outside = re.sub(r"(`{3,})text\n.*?\n\1\n", "", text, flags=re.DOTALL)
    assert "because" not in outside
    assert "@team" not in outside
    assert "<b>" not in outside
    (row,) = [line for line in outside.splitlines() if line.startswith("| a")]
    assert row.count("|") == 6
    # The fence is longer than any run of backticks in what it holds.
    (fence,) = re.findall(r"^(`+)text$", text, re.MULTILINE)
    assert len(fence) == 4


@pytest.mark.slow
@pytest.mark.parametrize("count", [700, 3000])
def test_markdown_fits_into_a_comment(count):
    text = markdown_text(result(*(differing(f"fct_{n}", text="why " * 50) for n in range(count))))
    assert len(text) < 65_536
    assert re.search(r"… and [\d]+ more", text)


TOTALS = FCT.replace(
    "select *", "select customer as order_id, count(*) as n, max(loaded_at) as loaded_at"
) + ("group by 1\n")


@pytest.mark.slow
def test_the_command_writes_both(make_project, monkeypatch):
    project = make_project({"fct.sql": FCT, "deep/totals.sql": TOTALS}, folder="repo/dbt")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(project.folder.parent))
    finished = project.command("--format", "github")
    assert finished.exit_code == 1
    kind, properties, _ = undone(finished.stdout.splitlines()[0])
    assert (kind, properties["file"], properties["line"]) == (
        "error",
        "dbt/models/deep/totals.sql",
        "4",
    )
    finished = project.command("--format", "markdown", "--schedules", "all")
    assert finished.exit_code == 1
    assert "partial-group at models/deep/totals.sql:4" in finished.stdout
    assert "arrival, rerun, empty, gap" in finished.stdout
