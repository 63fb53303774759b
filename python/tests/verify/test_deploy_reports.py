"""How a deploy is told: as text, as one comment, and as annotations; a result made by hand."""

from __future__ import annotations

import datetime as dt

import pytest

from entity_kit.compare.difference import Column, Comparison, Diff, SampleRow
from entity_kit.replay.outcome import Failure, Step
from entity_kit.verify.deploy.reports.github import MARKER, annotation_lines, markdown_text
from entity_kit.verify.deploy.reports.text import text_lines
from entity_kit.verify.deploy.results import (
    DeployedModel,
    DeployResult,
    Mend,
    Merge,
    Verdict,
    Wrong,
)
from entity_kit.verify.results import Timing

AGREES, CHANGED = Comparison(0, 0, 0), Comparison(0, 0, 2)
ROW = SampleRow("changed", {"id": 1, "amount": 3}, {"amount": 2})


def step(number, comparison=AGREES):
    return Step(number, dt.datetime(2024, 1, number, tzinfo=dt.timezone.utc), comparison)


def merge(at, *comparisons, failure=None):
    steps = tuple(step(at + run, each) for run, each in enumerate(comparisons, 1))
    return Merge(at, steps, failure)


def model(name, **given):
    return DeployedModel(name, f"model.shop.{name}", f"models/{name}.sql", **given)


FULL = ("dbt", "run", "--full-refresh", "--select")
NUMBERS = Diff(
    (Column("id", "INTEGER", "INTEGER"), Column("amount", "INTEGER", "INTEGER")),
    ("id",),
    4,
    4,
    CHANGED,
    {"amount": 2},
    (ROW,),
)
STALE = model(
    "stale",
    why="its code or configuration changes",
    merges=(merge(1, CHANGED, CHANGED), merge(2, CHANGED)),
    wrong=Wrong(
        2,
        CHANGED,
        4,
        {"amount": 2},
        (),
        ("day", "2024-01-01", "2024-01-02"),
        ("id",),
        ("1", "2"),
        (ROW,),
    ),
    mend=Mend((*FULL, "stale"), 1.0),
    numbers=NUMBERS,
)
HEIR = model(
    "heir", why="it is built from stale", merges=STALE.merges, mend=Mend((*FULL, "stale"), 0.0)
)
PART = model(
    "part",
    why="its code or configuration changes",
    merges=STALE.merges,
    mend=Mend(("dbt", "run", "--select", "part", "--vars", "{days: 3}"), 0.004),
)
HEALING = model("healing", why="it is new", merges=(merge(1, CHANGED, AGREES), merge(2, CHANGED)))
STOPS = model("stops", merges=(merge(1, failure=Failure(2, "incremental", "no column x")),))
FINE = model("fine", why="it is new", merges=(merge(1, AGREES, AGREES),))
SAME = model("same", same_form=True)


def result(*models):
    instants = tuple(step(number).at for number in (1, 2, 3))
    timing = Timing(3.0, 2.0, 0.5)
    return DeployResult("main", "c" * 40, models, instants, (1, 2), timing)


@pytest.mark.parametrize(
    ("given", "verdict", "code"),
    [
        (SAME, Verdict.UNCHANGED, 0),
        (FINE, Verdict.SAFE, 0),
        (HEALING, Verdict.HEALS, 1),
        (STALE, Verdict.NEEDS, 1),
        (STOPS, Verdict.FAILS, 3),
    ],
)
def test_verdicts_and_exit_codes(given, verdict, code):
    assert given.verdict is verdict
    assert (result(given).verdict, result(given).exit_code) == (verdict, code)
    assert result().exit_code == 0
    assert result(STOPS, STALE).exit_code == 1


def test_a_merge_that_came_too_late_to_heal_does_not_count():
    """It healed in its second run once, so one run that is wrong says nothing."""
    assert HEALING.heals_after == 2
    stays = model("stays", merges=(merge(1, CHANGED, AGREES), merge(2, CHANGED, CHANGED)))
    assert stays.verdict is Verdict.NEEDS


def test_text():
    told = list(text_lines(result(STALE, HEIR, PART, HEALING, STOPS, FINE, SAME)))
    assert told == [
        "✗ stale    needs a full refresh: its code or configuration changes",
        "    merged after step 2 of 3, it stays wrong (the full refresh has 4 rows): 2 rows changed",
        "      columns: amount (2 cells)",
        "      day: 2024-01-01 to 2024-01-02",
        "      id: 1; 2",
        "      changed: id=1, amount=2 → 3",
        "    mend: `dbt run --full-refresh --select stale` (tried; it rebuilds all of the rows)",
        "    numbers: full refresh old → new: 4 → 4 rows; 2 rows changed",
        "      columns: amount (2 cells)",
        "      changed: id=1, amount=2 → 3",
        "",
        "✗ heir     needs a full refresh: it is built from stale",
        (
            "    mend: its next run does, once `dbt run --full-refresh --select stale` has run for what "
            "it is built from."
        ),
        "",
        "✗ part     needs a full refresh: its code or configuration changes",
        (
            "    mend: `dbt run --select part --vars '{days: 3}'` (tried; it rebuilds less than 1% of "
            "the rows)"
        ),
        "",
        "≈ healing  heals: it is new",
        "    merged after step 1 of 3: wrong for 1 run, right from the next one on",
        "      at step 2: 2 rows changed",
        "",
        "! stops    fails",
        "    merged after step 1: the run at step 2 fails",
        "      no column x",
        (
            "    mend: no command that was tried makes the table equal its full refresh, not even "
            "`dbt run --full-refresh`."
        ),
        "",
        "✓ fine     safe: it is new",
        "✓ same     unchanged",
        "after the merge, run:",
        "    dbt run --full-refresh --select stale",
        "    dbt run --select part --vars '{days: 3}'",
        (
            "7 models from main (cccccccccccc): 1 fails, 3 need a full refresh, 1 heals, 1 safe, "
            "1 unchanged. Merged after step 1 to 2 of 3 steps, 3.0 s (dbt 2.0 s, comparing 0.5 s)."
        ),
    ]
    assert list(text_lines(result(FINE), quiet=True)) == [
        (
            "1 model from main (cccccccccccc): 1 safe. Merged after step 1 to 2 of 3 steps, 3.0 s "
            "(dbt 2.0 s, comparing 0.5 s)."
        )
    ]


def test_one_comment_holds_all_of_it():
    text = markdown_text(result(STALE, STOPS, FINE, SAME))
    assert text.startswith(f"{MARKER}\n### entity-kit deploy: fails\n\n2 models need work")
    assert "```sh\ndbt run --full-refresh --select stale\n```" in text
    assert (
        "| stale | needs a full refresh | full refresh old → new: 4 → 4 rows; 2 rows changed |"
        in text
    )
    assert "| fine | safe |  | nothing |" in text
    assert "<details><summary>stale: its code or configuration changes</summary>" in text
    assert "- unchanged: same" in text
    many = markdown_text(result(*[model(f"{n}" * 200, merges=STALE.merges) for n in range(500)]))
    assert len(many) < 65_536
    assert "see the command's output." in many


def test_annotations_are_at_the_models_files():
    lines = list(annotation_lines(result(STALE, HEALING, FINE), "dbt"))
    assert lines[0].startswith(
        "::error file=dbt/models/stale.sql,title=entity-kit%3A stale needs a full refresh::stale needs"
    )
    assert lines[1].startswith("::warning file=dbt/models/healing.sql")
    assert len(lines) == 3
