"""`verify --against-dbt` with dbt v2: what its alpha.4 is known to do otherwise than dbt v1."""

from __future__ import annotations

import json

import pytest

from support.dbt_v2_project import copy_for_v2
from support.verify_project import FCT, run

pytestmark = pytest.mark.slow

DAYS = """
{{ config(materialized='incremental', incremental_strategy='microbatch', event_time='ordered_at',
          begin='2024-01-01', batch_size='day', lookback=1) }}
select order_id, ordered_at from {{ source('shop', 'orders') }}
"""
# dbt v2 reads other types from the table than from the query (dbt-core#16353).
FAILS = """
{{ config(materialized='incremental', on_schema_change='fail', unique_key='order_id') }}
select order_id, ordered_at from {{ source('shop', 'orders') }}
"""
GOOD = FCT.replace("> (select max(loaded_at)", ">= (select max(loaded_at)")
# An order of the evening arrives after the run at noon.
NOONS = "2024-01-01T12:00:00Z,2024-01-02T12:00:00Z,2024-01-03T12:00:00Z"


@pytest.fixture
def project(make_project):
    project = make_project({"days.sql": DAYS, "fails.sql": FAILS, "good.sql": GOOD})
    new = project.warehouse.with_name("new.duckdb")
    project.warehouse.rename(new)
    copy_for_v2(new, project.warehouse)
    new.unlink()
    return project


def test_what_is_known_of_the_alpha_shows(project, dbt_v2):
    given = ["--against-dbt", str(dbt_v2), "--at", NOONS, "--schedules", "arrival"]
    with project.untouched():
        told = run(
            [
                "verify",
                "--project-dir",
                str(project.folder),
                "--no-cache",
                *given,
                "--format",
                "json",
            ]
        )
    assert told.exit_code == 1, told.stderr
    result = json.loads(told.stdout)
    models = {model["name"]: model for model in result["models"]}
    assert {name: model["verdict"] for name, model in models.items()} == {
        "days": "parts",
        "fails": "parts",
        "good": "same",
    }
    assert result["dbts"]["against"]["version"].startswith("2.")
    assert result["dbts"]["against"]["executable"] == str(dbt_v2)

    arrival, empty = models["days"]["schedules"]
    assert arrival["parts_at"] == {"step": 2, "side": "incremental"}
    assert arrival["cause"] == "microbatch"
    other = f"dbt {result['dbts']['against']['version']}"
    said = f"builds the last 2 batches, and {other} the last batch."
    assert arrival["explanation"].endswith(said)
    (_, side) = arrival["sides"]
    assert [(s["only_dbt"], s["only_against"], s["changed"]) for s in side["steps"][:2]] == [
        (0, 0, 0),
        (2, 0, 0),  # the two orders of the first day's evening
    ]
    assert {row["row"]["order_id"] for row in side["sample"]} == {2, 3}
    verified = models["days"]["verify"]
    assert (verified["dbt"]["verdict"], verified["against"]["verdict"]) == ("agrees", "differs")

    assert (empty["schedule"], empty["cause"]) == ("--empty", "empty")
    (step,) = empty["sides"][0]["steps"]
    assert (step["only_dbt"], step["only_against"]) == (0, 10)

    (arrival, *_) = models["fails"]["schedules"]
    assert arrival["cause"] == "on_schema_change"
    failures = arrival["sides"][1]["failures"]
    assert failures["dbt"] is None
    assert "are out of sync" in failures["against"]["message"]
    assert any(
        note.startswith("dbt 2.") and "chooses by itself" in note for note in result["notes"]
    )


@pytest.mark.parametrize("dies", ["--dbt", "--against-dbt"])
def test_a_dbt_that_dies_is_named(project, dbt_v2, tmp_path, dies):
    dying = tmp_path / "dying"
    dying.write_text(
        f"""#!/bin/sh
case " $* " in *" run "*) echo "it panicked"; exit 1;; esac
exec {dbt_v2} "$@"
""",
        "utf-8",
    )
    dying.chmod(0o755)
    given = {"--dbt": str(dbt_v2), "--against-dbt": str(dbt_v2), dies: str(dying)}
    told = project.command("--select", "good", *(word for each in given.items() for word in each))
    assert told.exit_code == 3
    assert told.stderr.partition("Error: ")[2].splitlines()[:2] == [
        f"Under {dying}: dbt run failed.",
        "it panicked",
    ]
