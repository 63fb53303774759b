"""`entity-kit verify --dbt` with dbt v2, where the two versions don't tell the same in the same way."""

from __future__ import annotations

import shutil

import duckdb
import pytest

from support.dbt_v2_project import copy_for_v2
from support.verify_project import FCT

pytestmark = pytest.mark.slow

BATCHES = """
{{ config(materialized='incremental', incremental_strategy='microbatch', event_time='ordered_at',
          begin='2024-01-01', batch_size='SIZE', lookback=2, full_refresh=none) }}
select order_id, ordered_at, CHECKED as checked from RELATION
"""


def batches(size="day", relation="{{ source('shop', 'orders') }}", checked="1"):
    text = BATCHES.replace("SIZE", size).replace("RELATION", relation)
    return text.replace("CHECKED", checked)


@pytest.fixture
def make_portable(make_project):
    def make(models, **options):
        project = make_project(models, **options)
        new = project.warehouse.with_name("new.duckdb")
        project.warehouse.rename(new)
        copy_for_v2(new, project.warehouse)
        new.unlink()
        return project

    return make


def test_the_same_as_in_process(make_portable, dbt_v2):
    project = make_portable(
        {
            "fct.sql": FCT.replace("select *", "select *, '{{ run_started_at }}' as run_at"),
            "days.sql": batches(),
            "months.sql": batches(
                "month", "{{ ref('days') }}", "(select count(*) from {{ ref('fct') }})"
            ),
        }
    )
    settings = (project.folder / "dbt_project.yml").read_text("utf-8")
    project.write({"dbt_project.yml": f"{settings}\non-run-end: ['select 1']\n"})
    by_v1, by_v2 = (project.verify(steps=2, dbt=dbt) for dbt in (None, str(dbt_v2)))
    assert by_v2.models == by_v1.models
    told = [note for note in by_v2.notes if note not in by_v1.notes]
    assert [note[:50] for note in told] == ["Microbatch models built the batches that dbt v1 wo"]
    assert (by_v1.notes, by_v1.steps) == (by_v2.notes[:-1], by_v2.steps)
    assert {each.name: each.verdict.value for each in by_v2.models} == {
        "fct": "differs",
        "days": "agrees",
        "months": "agrees",
    }


def test_what_fails_is_named_with_dbts_own_words(make_portable, dbt_v2):
    never = "case when order_id > 5 then error('no, it''s me') else 1 end"
    raising = "{% if execute %}{{ exceptions.raise_compiler_error('not so') }}{% endif %}"
    project = make_portable(
        {
            "batches.sql": batches(checked=never),
            "below.sql": batches("month", "{{ ref('batches') }}"),
            "plain.sql": FCT.replace("select *", f"select *, {never} as checked"),
            "raises.sql": FCT + raising,
            "fine.sql": FCT,
        }
    )
    found = project.verdicts(dbt=str(dbt_v2), steps=2)
    said = "Database Error in model {0} (run/consumer/models/{0}.sql)\n  Invalid Input Error: no, it's me\n"
    assert found.pop("fine") == "agrees"
    for name in ("batches", "plain"):
        assert found.pop(name).startswith(f"failed: {name}: {said.format(name)}")
    assert found.pop("below").startswith(f"failed: batches: {said.format('batches')}")
    assert "raises.sql: not so" in found.pop("raises")
    assert found == {}


@pytest.mark.skipif(duckdb.__version__ < "2", reason="needs a DuckDB newer than that of dbt v2")
def test_a_warehouse_of_a_newer_duckdb_is_refused(make_project, dbt_v2):
    assert make_project().refused(dbt=str(dbt_v2)) == (
        f"The DuckDB of {dbt_v2} can't read the project's warehouse, which a newer version of "
        "DuckDB wrote.\n"
        "Copy it in an older format: `attach 'old.duckdb' as old (storage_version 'v1.5.0')` and "
        "`copy from database … to old` in the newer DuckDB. Or omit --dbt."
    )


def test_what_is_not_dbt_is_refused(make_project):
    assert make_project().refused(dbt="true") == (
        f"{shutil.which('true')} isn't dbt: its `parse` wrote no manifest.json.\n"
        "Correct --dbt, or omit it."
    )
