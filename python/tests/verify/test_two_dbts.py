"""Two dbts side by side. One dbt with two values of a variable stands for two that compile differently."""

from __future__ import annotations

import json
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from entity_kit import ExitCode, Verdict
from entity_kit.arrivals.pace import parse_pace
from entity_kit.verify.options import read_options
from entity_kit.verify.two_dbts.reports.github import annotation_lines, markdown_text
from entity_kit.verify.two_dbts.reports.html import as_html
from entity_kit.verify.two_dbts.reports.json import as_json
from entity_kit.verify.two_dbts.reports.junit import as_junit
from entity_kit.verify.two_dbts.reports.text import text_lines
from entity_kit.verify.two_dbts.strategies import strategy_of
from entity_kit.verify.two_dbts.verification import run_both
from support.verify_project import FCT, SOURCES, run, write_project

pytestmark = pytest.mark.slow

CONFIG = "{{ config(materialized='incremental', unique_key='order_id') }}\n"
ORDERS = "select order_id, amount from {{ source('shop', 'orders') }}\n"
SECOND = "{% if var('second', false) %}"

MODELS = {
    # The same under both. The second one loses rows, as verify finds under both.
    "same.sql": CONFIG + ORDERS,
    "wrong.sql": FCT.replace("select max(loaded_at)", "select max(loaded_at) + interval 1 day"),
    # Other rows, on both sides and thus from the first step on; and what reads them.
    "other.sql": CONFIG
    + "select order_id, amount\n"
    + SECOND
    + "  + 1\n{% endif %}  as amount\nfrom {{ source('shop', 'orders') }}\n",
    "below.sql": CONFIG + "select order_id from {{ ref('other') }} where amount > 2",
    # Rows that the incremental run alone loses under the second.
    "fewer.sql": CONFIG
    + ORDERS
    + "{% if is_incremental() and var('second', false) %}where order_id < 9{% endif %}",
    # A view that differs, and a model of the same SQL that reads it.
    "shown.sql": "{{ config(materialized='view') }}" + ORDERS + SECOND + "where order_id <> 3{% endif %}",
    "reads.sql": CONFIG + "select order_id from {{ ref('shown') }}",
    # White space and comments alone.
    "spaced.sql": CONFIG + ORDERS + SECOND + "\n\n-- a word\n{% endif %}",
    # One that fails under the second, and what reads it.
    "fails.sql": CONFIG + ORDERS + SECOND + "where error('no') is null{% endif %}",
    "unbuilt.sql": CONFIG + "select order_id from {{ ref('fails') }}",
    # The same rows, written in another way; and another strategy with other rows.
    "appends.sql": "{{ config(materialized='incremental', incremental_strategy="
    "'append' if var('second', false) else 'delete+insert', unique_key='order_id') }}" + ORDERS,
    # A new column from the second step on, which one of them adds to the table.
    "columns.sql": "{{ config(materialized='incremental', unique_key='order_id', on_schema_change="
    "'append_new_columns' if var('second', false) else 'ignore') }}" + ORDERS.replace(
        "amount", "amount{% if is_incremental() %}, 1 as more{% endif %}"
    ),
    # Another value in each run, under whichever dbt.
    "stamped.sql": CONFIG + ORDERS.replace("amount", "'{{ invocation_id }}' as run"),
}  # fmt: skip


def compared(project, **options):
    options = {"pace": parse_pace(2), "schedules": ("arrival",), **options}
    given = read_options(project.folder, **options)
    with project.untouched():
        return run_both((given, replace(given, variables={"second": True})))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return one result of all models, and the project."""
    folder = tmp_path_factory.mktemp("two")
    for name in ("tmp", "home", "elsewhere"):
        (folder / name).mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tempfile.tempdir", str(folder / "tmp"))
        project = write_project(folder, folder / "tmp", MODELS)
        return compared(project)


@pytest.fixture(scope="module")
def told(made):
    return {model.name: model for model in made.models}


def partings(told):
    """Return of each model that parts where it does so first, and why."""
    first = {name: model.schedules[0].parting for name, model in told.items()}
    return {
        name: (side.parts_at, side.side, side.cause.name) for name, side in first.items() if side
    }


def test_where_two_dbts_part_first_and_why(told):
    assert partings(told) == {
        "other": (1, "full refresh", "sql"),
        "below": (2, "full refresh", "inherited"),
        "fewer": (2, "incremental", "sql"),
        "reads": (2, "full refresh", "sql"),
        "fails": (1, "full refresh", "failed"),
        "unbuilt": (1, "full refresh", "skipped"),
        "appends": (2, "incremental", "strategy"),
        "columns": (2, "incremental", "on_schema_change"),
    }


def test_what_does_not_part(told):
    verdicts = {name: told[name].verdict.value for name in told}
    assert {n: v for n, v in verdicts.items() if v != "parts"} == {
        "same": "same",
        "wrong": "same",
        "spaced": "same",
        "stamped": "nondeterministic",
    }


def test_what_verify_says_under_each(made, told):
    under = {name: [own.verdict.value for own in m.verified] for name, m in told.items()}
    assert {name: each for name, each in under.items() if each != ["agrees", "agrees"]} == {
        "wrong": ["differs", "differs"],
        "fewer": ["agrees", "differs"],
        "appends": ["agrees", "differs"],
        "columns": ["agrees", "differs"],
        "fails": ["agrees", "failed"],
        "unbuilt": ["agrees", "skipped"],
        "stamped": ["nondeterministic", "nondeterministic"],
    }
    assert made.exit_code is ExitCode.DIFFERS


def test_rows_and_sql_of_both(told):
    (side,) = (s for s in told["fewer"].schedules[0].sides if s.side == "incremental")
    # Twelve orders, of which the first came with the first step.
    assert [s.comparison.only_incremental for s in side.steps] == [0, 3]
    assert {row.row["order_id"] for row in side.sample} == {9, 10, 11}
    ((sql),) = side.sql
    assert sql.model == "fewer"
    assert ("where order_id < 9" in sql.dbt, "where order_id < 9" in sql.against) == (False, True)
    (read,) = told["reads"].schedules[0].parting.sql
    assert read.model == "shown"
    assert told["below"].schedules[0].parting.cause.inherited_from == ("other",)


def test_the_text(made):
    lines = list(text_lines(made))
    one, other = (dbt.label for dbt in made.dbts)
    shown = "\n".join(lines)
    assert "✓ same     same at each of 2 steps (arrival, --empty)" in lines
    assert "✗ wrong    same at each of 2 steps (arrival, --empty)" in lines
    assert "    under both, verify says: differs under arrival" in lines
    assert (
        f"    arrival: part from step 2 of 2 on (2024-01-04 00:00 UTC), incremental, never the "
        f"same again: 3 rows only in {one}"
    ) in lines
    assert "      +where order_id < 9" in shown
    assert "    cause: inherited. The two part on other, which it reads; look there first." in lines
    assert f"    arrival, {other}, step 1, full refresh: dbt failed" in lines
    assert lines[-1].startswith(f"12 incremental models under {one} and {other}: 3 same, 1 ")


def test_every_format_tells_of_every_model(made):
    found = as_json(made)
    json.dumps(found)
    by_name = {model["name"]: model for model in found["models"]}
    assert found["verdict"] == "parts"
    assert by_name["fewer"]["schedules"][0]["parts_at"] == {"step": 2, "side": "incremental"}
    assert by_name["fewer"]["verify"]["against"]["verdict"] == "differs"
    (_, side) = by_name["fewer"]["schedules"][0]["sides"]
    assert [(s["only_dbt"], s["only_against"], s["changed"]) for s in side["steps"]] == [
        (0, 0, 0),
        (3, 0, 0),
    ]
    assert side["sample"][0]["kind"] == "only_dbt"
    assert "\n+where order_id < 9" in side["sql"][0]["diff"]

    told = {m.name for m in made.models if not m.agrees}
    suites = {suite.get("name"): suite for suite in ET.fromstring(as_junit(made))}  # noqa: S314
    bad = {name for name, suite in suites.items() if suite.findall("./testcase/*")}
    assert (set(suites), bad) == ({m.name for m in made.models}, told)
    annotated = [line for line in annotation_lines(made, "dbt") if line.startswith("::error")]
    assert len(annotated) == len(told)
    assert any("file=dbt/models/fewer.sql" in line for line in annotated)
    page, comment = as_html(made, "two"), markdown_text(made)
    for name in told:
        assert f">{name}</a>" in page
        assert f"<summary>{name}</summary>" in comment
    assert "where order_id &lt; 9" in page


def test_altered_rows_are_the_same_under_both(make_project):
    delivery = "late_by: {days: 2}, updates: true, deletes: hard, redelivers: true"
    declared = SOURCES.replace(
        "event_time: ordered_at",
        "event_time: ordered_at, meta: {entity_kit: {row_key: [order_id], "
        f"delivery: {{{delivery}}}}}}}",
    )
    project = make_project({"fct.sql": FCT, "same.sql": CONFIG + ORDERS}, sources=declared)
    found = compared(project, schedules=("storm",))
    assert {model.name: model.verdict.value for model in found.models} == {
        "fct": "same",
        "same": "same",
    }
    assert found.verified[0] is found.verified[1] is Verdict.DIFFERS
    ours, theirs = (found.models[0].verified[number].schedules[0].altered for number in (0, 1))
    assert ours == theirs > 0


def test_a_model_of_one_dbt_alone_and_the_end_at_the_first_difference(make_project, tmp_path):
    alone = CONFIG.replace("(", "(enabled=not var('second', false), ", 1) + ORDERS
    models = {
        "fewer.sql": MODELS["fewer.sql"].replace("< 9", "< 0"),
        "same.sql": MODELS["same.sql"],
    }
    project = make_project({**models, "alone.sql": alone})
    found = compared(project, pace=parse_pace(3), fail_fast=True, keep=tmp_path / "kept")
    assert [(m.name, m.verdict.value) for m in found.models] == [("fewer", "parts")]
    (schedule,) = found.models[0].schedules
    assert {len(side.steps) for side in schedule.sides} == {schedule.parting.parts_at} == {2}
    kept = schedule.parting.kept
    assert kept.folder == tmp_path / "kept" / "fewer" / "arrival_incremental"
    assert {file.name for file in kept.folder.iterdir()} == {"dbt.duckdb", "against.duckdb"}
    shown = run([*kept.command[1:], "--format", "json"])
    counted = schedule.parting.divergence.comparison
    assert json.loads(shown.stdout)["only_incremental"] == counted.only_incremental > 0
    label = found.dbts[0].label
    assert dict(found.left_out) == {
        "alone": f"only {label} has it as an incremental model",
        "same": "not judged: --fail-fast stopped at the first difference",
    }


def test_the_default_strategy_is_the_adapters():
    macros = {
        "macro.dbt_duckdb.duckdb__get_incremental_default_sql": {
            "macro_sql": "{% do return(get_incremental_delete_insert_sql(arg_dict)) %}"
        },
        "macro.dbt.default__get_incremental_default_sql": {
            "macro_sql": "{% do return(get_incremental_append_sql(arg_dict)) %}"
        },
    }
    for adapter, default in (("duckdb", "delete+insert"), ("postgres", "append")):
        manifest = {"metadata": {"adapter_type": adapter}, "macros": macros}
        assert strategy_of(manifest, {"incremental_strategy": None}) == default
        assert strategy_of(manifest, {"incremental_strategy": "merge"}) == "merge"
    assert strategy_of({"metadata": {}}, {}) == ""


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--examples", "3"], "--examples can't be combined with --against-dbt: it looks for"),
        (["--replay", "case.json"], "--replay can't be combined with --against-dbt: it replays"),
        (["--schedules", "crash"], "The schedule `crash` can't be compared between two dbts"),
        ([], "There is no executable other-dbt.\nCorrect --against-dbt, or omit it.\n"),
    ],
)
def test_what_can_not_be_compared_is_refused(make_project, given, said):
    told = make_project().command("--against-dbt", "other-dbt", *given)
    assert (told.exit_code, told.stdout) == (ExitCode.USAGE, "")
    assert said in told.stderr
