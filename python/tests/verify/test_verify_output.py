"""What `verify` writes: text, JSON and JUnit XML."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime, timezone
from xml.etree import ElementTree as ET

import pytest

from entity_kit.causes.cause import Cause
from entity_kit.compare.difference import Comparison, SampleRow
from entity_kit.replay.outcome import Failure, Step
from entity_kit.verify.reports.json import as_json
from entity_kit.verify.reports.junit import as_junit
from entity_kit.verify.reports.text import text_lines
from entity_kit.verify.reports.words import sample_line
from entity_kit.verify.results import ModelResult, ScheduleResult, Timing, VerifyResult
from support.verify_project import FCT

pytestmark = pytest.mark.slow

TOTALS = """
{{ config(materialized='incremental', unique_key='customer') }}
select customer, count(*) as orders, max(loaded_at) as loaded_at
from {{ source('shop', 'orders') }}
{% if is_incremental() %}
where loaded_at > (select max(loaded_at) from {{ this }})
{% endif %}
group by customer
"""


def plain(text):
    """Leave out durations, and the evidence, which other tests cover."""
    return re.sub(r"(cause: [\w-]+\.) .+", r"\1 …", re.sub(r"\d+\.\d s", "_ s", text))


def test_text_where_all_agree(make_project):
    finished = make_project({"fct.sql": FCT, "longer_name.sql": FCT}).command()
    assert finished.exit_code == 0
    assert plain(finished.stdout) == (
        "✓ fct          agrees at each of 3 steps (arrival)\n"
        "✓ longer_name  agrees at each of 3 steps (arrival)\n"
        "2 incremental models: 2 agree. 3 steps, seed 0, _ s (dbt _ s, comparing _ s).\n"
    )


def test_text_where_one_differs(make_project):
    project = make_project({"fct.sql": FCT, "totals.sql": TOTALS})
    finished = project.command("--schedules", "arrival,rerun", "--vars", "{a: 1}", "--seed", "7")
    assert finished.exit_code == 1
    assert plain(finished.stdout).replace(str(project.folder), "PROJECT") == (
        "✓ fct     agrees at each of 3 steps (arrival, rerun)\n"
        "✗ totals  differs under arrival, rerun\n"
        "    arrival: differs from step 2 of 3 on (2024-01-02 18:00 UTC), never heals: 1 row changed\n"
        "      changed: customer=customer 0, orders=2 → 3, loaded_at=2024-01-02 18:00:00\n"
        "    cause: partial-group. …\n"
        "    line: models/totals.sql:5 (the is_incremental() block)\n"
        "    rerun: as under arrival, from step 2 on: 1 row changed\n"
        "    reproduce: entity-kit verify --project-dir PROJECT --vars '{a: 1}' --seed 7 "
        "--select totals --schedules arrival,rerun "
        "--at 2024-01-01T06:00:00Z,2024-01-02T18:00:00Z,2024-01-04T00:00:00Z\n"
        "\n"
        "2 incremental models: 1 agrees, 1 differs. 3 steps, seed 7, _ s (dbt _ s, comparing _ s).\n"
    )


def test_json(make_project, tmp_path):
    """All keys of the contract exist, and those that we added."""
    project = make_project({"fct.sql": FCT, "totals.sql": TOTALS})
    output = tmp_path / "new folder" / "result.json"
    finished = project.command("--format", "json", "--output", str(output), "--seed", "3")
    assert (finished.exit_code, finished.stdout) == (1, "")
    found = json.loads(output.read_text(encoding="utf-8"))
    assert (found["version"], found["verdict"], found["seed"]) == (1, "differs", 3)
    assert list(found) == [
        *("version", "verdict", "seed", "steps", "models", "left_out", "notes", "timing"),
        *("ran_at", "selection", "synthetic"),
    ]
    assert datetime.fromisoformat(found["ran_at"]) <= datetime.now(timezone.utc)
    assert found["selection"] == []
    assert {key: type(value) for key, value in found["timing"].items()} == dict.fromkeys(
        ("total_s", "dbt_s", "compare_s"), float
    )
    fct, totals = found["models"]
    assert list(totals) == [
        "name",
        "unique_id",
        "verdict",
        "path",
        "notes",
        "inherited_from",
        "through",
        "skipped_behind",
        "schedules",
        "rounding",
        "cached",
        "verified_at",
    ]
    assert totals["path"] == "models/totals.sql"
    assert (totals["name"], totals["unique_id"]) == ("totals", "model.consumer.totals")
    (schedule,) = totals["schedules"]
    assert list(schedule) == [
        *("schedule", "verdict", "first_divergence", "heals", "steps", "nondeterministic_columns"),
        *(
            "failure",
            "examples",
            "altered",
            "untried",
            "kept",
            "case",
            "cause",
            "explanation",
            "inherited_from",
            "line",
            "fix",
            "sample",
            "behind",
        ),
    ]
    assert schedule["steps"][1] == {
        "step": 2,
        "at": "2024-01-02T18:00:00+00:00",
        "only_incremental": 0,
        "only_full_refresh": 0,
        "changed": 1,
    }
    assert (schedule["verdict"], schedule["first_divergence"]) == ("differs", 2)
    assert (schedule["heals"], schedule["cause"]) == (False, "partial-group")
    assert schedule["line"] == 5
    assert schedule["sample"][0] == {
        "kind": "changed",
        "row": {"customer": "customer 0", "orders": 3, "loaded_at": "2024-01-02 18:00:00"},
        "before": {"orders": 2},
    }
    # The orders behind that row: when each happened, was loaded, and first showed.
    behind = schedule["behind"][0]
    assert (behind["source"], behind["by"], behind["count"]) == (
        "shop.orders",
        "customer customer 0",
        3,
    )
    assert behind["rows"][-1] == {
        "label": "order_id 6",
        "event": "2024-01-02T17:00:00+00:00",
        "loaded": "2024-01-02T18:00:00+00:00",
        "step": 2,
        "until": None,
    }
    (good,) = fct["schedules"]
    assert (good["first_divergence"], good["cause"], good["sample"]) == (None, None, [])


HOSTILE = "\x00\x1b[31m]]> </failure> & \"'\r\n\t\u202e\ufffe\U0001f600 💥"
AT = datetime(2024, 1, 1, tzinfo=timezone.utc)


def hostile():
    """Return a result with control characters and markup in every data field."""
    differing = ScheduleResult(
        schedule="arrival",
        steps=(Step(1, AT, Comparison(1, 2, 3), (f"{HOSTILE} (INTEGER) is only in incremental",)),),
        cause=Cause("unknown", HOSTILE),
        sample=(
            SampleRow("changed", {HOSTILE: HOSTILE, "n": None, "b": b"\x00"}, {HOSTILE: None}),
            SampleRow("only_incremental", {"f": float("nan"), "i": float("inf")}, {}),
        ),
    )
    failing = ScheduleResult(schedule="rerun", steps=(), failure=Failure(1, "incremental", HOSTILE))
    by_chance = tuple(replace(step, chance=True) for step in differing.steps)
    odd = ScheduleResult(schedule="gap", steps=by_chance, nondeterministic=(HOSTILE,))
    return VerifyResult(
        models=(ModelResult(HOSTILE, f"model.{HOSTILE}", (differing, failing, odd), (HOSTILE,)),),
        seed=0,
        steps=(AT,),
        timing=Timing(1.0, 0.5, 0.1),
        notes=(HOSTILE,),
        left_out=((HOSTILE, HOSTILE),),
    )


def test_junit_of_hostile_text_is_xml():
    root = ET.fromstring(as_junit(hostile()))  # noqa: S314  (it's our own)
    (suite,) = root.findall("testsuite")
    assert suite.attrib | {"name": ""} == {
        "name": "",
        "tests": "3",
        "failures": "1",
        "errors": "2",
    }
    assert [case.get("name") for case in suite] == ["arrival", "rerun", "gap"]
    assert suite.find("testcase/failure").get("type") == "unknown"
    assert "]]> </failure> &" in suite.find("testcase/failure").text


def test_junit_says_that_the_rows_were_made_up():
    written = as_junit(replace(hostile(), synthetic=True))
    (found,) = ET.fromstring(written).findall("testsuite/properties/property")  # noqa: S314  (it's our own)
    assert found.attrib == {"name": "synthetic", "value": "true"}


def test_json_of_hostile_text_is_json_for_every_reader():
    text = json.dumps(as_json(hostile()), allow_nan=False)
    sample = json.loads(text)["models"][0]["schedules"][0]["sample"]
    assert sample[0]["row"] == {HOSTILE: HOSTILE, "n": None, "b": "00"}
    assert sample[1]["row"] == {"f": "nan", "i": "inf"}


def test_text_of_hostile_values_commands_no_terminal():
    lines = list(text_lines(hostile()))
    assert not [line for line in lines if re.search(r"[\x00-\x1f\x7f\u202e]", line)]


def test_junit_counts_an_agreeing_model(make_project, tmp_path):
    file = tmp_path / "junit.xml"
    finished = make_project().command("--junit", str(file), "--schedules", "arrival,gap")
    assert finished.exit_code == 0
    suite = ET.parse(file).getroot().find("testsuite")  # noqa: S314  (it's our own)
    assert suite.attrib == {"name": "fct", "tests": "2", "failures": "0", "errors": "0"}
    assert [(case.get("classname"), case.get("name"), len(case)) for case in suite] == [
        ("model.consumer.fct", "arrival", 0),
        ("model.consumer.fct", "gap", 0),
    ]


def test_a_verdict_that_is_shown_for_two_kinds_of_trouble():
    """The worst comes first, and the command to reproduce covers everything that went wrong."""
    lines = list(text_lines(hostile(), ["entity-kit", "verify"]))
    assert "differs under arrival" in lines[0]
    assert any("--schedules arrival,rerun,gap" in line for line in lines)


def test_a_wide_row_shows_what_changed_and_the_first_other_cells():
    row = {f"c{number}": number for number in range(30)}
    assert sample_line(SampleRow("changed", row, {"c20": 0})) == (
        "changed: c0=0, c1=1, c2=2, c3=3, c4=4, c5=5, c6=6, c20=0 → 20, … 22 more"
    )
    assert sample_line(SampleRow("changed", row, dict.fromkeys(list(row)[1:], -1))) == (
        "changed: c0=0, c1=-1 → 1, c2=-1 → 2, c3=-1 → 3, c4=-1 → 4, c5=-1 → 5, c6=-1 → 6, "
        "c7=-1 → 7, c8=-1 → 8, … 21 more"
    )
    assert sample_line(SampleRow("only_incremental", {"c0": None}, {})) == (
        "only_incremental: c0=NULL"
    )
