"""The table of causes: each declares its codes, and `unknown` names only what was tried."""

from __future__ import annotations

import ast
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar
from zoneinfo import ZoneInfo

import duckdb
import pytest

import entity_kit.causes
from entity_kit.arrivals.model import Model
from entity_kit.arrivals.schedules import RecordedWorld, Schedule
from entity_kit.arrivals.sources import EPOCH, to_microseconds
from entity_kit.causes import (
    CATALOG,
    CODES,
    Differing,
    another_key,
    behind_mark,
    below_watermark,
    boundary_tie,
    carried_on,
    catalog,
    clock,
    delivery,
    diagnose,
    duplicate_key,
    inherited,
    kept_columns,
    late_arrival,
    null_key,
    null_watermark,
    outdated,
    partial_group,
    recomputed,
    run_again,
    run_gap,
    run_stamp,
    stale_join,
)
from entity_kit.causes.cause import Cause
from entity_kit.causes.experiment import NOT_TRIED, Experiment
from entity_kit.compare.difference import Comparison, Diff, SampleRow
from entity_kit.replay.outcome import Facts
from entity_kit.warehouse import Relation

PACKAGE = Path(entity_kit.causes.__file__).parent
# What stands on the floors above: nothing here may import it.
ABOVE = {"verify", "search", "steps", "cli", "check", "pytest_plugin", "project_report"}
CHANGED, MANY, MISSING = "changed", "only_incremental", "only_full_refresh"


def differing(changed=0, many=0, missing=0, *, key=("id",), **counted):
    """Return a model that differs in a given number of rows of each kind."""
    comparison = Comparison(only_incremental=many, only_full_refresh=missing, changed=changed)
    diff = Diff((), key, 9, 9, comparison, {}, ())
    facts = Facts(2, diff, **{**NOTHING, **counted}, incremental_sql="", full_refresh_sql="")
    model = Model("model.x.fct", "fct", Relation("d", "s", "fct"), key, (), frozenset())
    world = RecordedWorld((), {}, ZoneInfo("UTC"), EPOCH)
    return Differing(model, world, Schedule("arrival", {1: 1, 2: 1}), facts, frozenset(), {})


NOTHING = {"null_keys": 0, "duplicate_keys": 0, "unique_key_rows": 0, "extra_copies": 0}
DIFFERS = differing(changed=1)


def experiment(answer, *codes, repeats=False):
    return Experiment("it does", codes, lambda *_: answer, repeats=repeats)


def test_every_experiment_says_what_it_claims_and_what_it_can_return():
    for each in CATALOG:
        assert each.claim.endswith(".")
        assert each.repeats != bool(each.codes)
        assert set(each.codes) <= CODES - {"unknown"}


def test_the_first_cause_found_is_the_answer(monkeypatch):
    found = Cause("clock", "it asks for the time")
    monkeypatch.setattr(
        catalog,
        "CATALOG",
        (
            experiment(("null-key",), "null-key"),
            experiment(found, "clock", "run-gap"),
            experiment(Cause("null-key", "never asked"), "null-key"),
        ),
    )
    assert diagnose(None, DIFFERS) is found


def test_unknown_rules_out_what_was_tried_once_and_nothing_else(monkeypatch):
    monkeypatch.setattr(
        catalog,
        "CATALOG",
        (
            experiment(("clock",), "clock"),
            experiment(NOT_TRIED, "stale-join"),
            # It could have returned both, and tried one of them.
            experiment(("missed-update",), "missed-update", "missed-delete"),
            experiment(("clock",), "clock"),
        ),
    )
    assert diagnose(None, DIFFERS) == Cause("unknown", "Ruled out: clock, missed-update.")


@pytest.mark.parametrize("answer", [Cause("clock", ""), ("clock",), ("null-key", "clock")])
def test_a_code_that_an_experiment_does_not_declare_is_refused(answer):
    with pytest.raises(ValueError, match=r"from an experiment that declares .*: it does$"):
        experiment(answer, "null-key")(None, DIFFERS)


def test_what_repeats_another_cause_may_say_any():
    passed_on = Cause("clock", "as the parent")
    assert experiment(passed_on, repeats=True)(None, DIFFERS) is passed_on


def test_nothing_is_imported_from_the_floors_above():
    for file in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("entity_kit"):
                parts = (node.module or "").split(".")[1:2] or [alias.name for alias in node.names]
                for part in parts:
                    assert part not in ABOVE, (file.name, part)
                    assert not part.startswith(("report", "cli")), (file.name, part)


def test_sources_that_declare_no_arrival_were_never_empty():
    laboratory = SimpleNamespace(read_by=lambda _: (), agrees_as=lambda *_: True)
    assert null_watermark.FALLBACK(laboratory, differing(changed=1)) == NOT_TRIED


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("select 1 as id, 'b' as name", False),
        ("select id, count(*) as n from t group by 1", True),
        ("select id, lag(x) over (order by id) as p from t", True),
    ],
)
def test_a_run_cuts_groups_and_windows_only_where_there_are_some(sql, found):
    wrong = [SimpleNamespace(agrees=False, comparison=Comparison(0, 0, 1))]
    laboratory = SimpleNamespace(outcome=lambda *_: SimpleNamespace(failure=None, steps=wrong))
    one = differing(changed=1)
    diff = replace(one.facts.diff, sample=(SimpleNamespace(kind="changed"),))
    one = replace(one, facts=replace(one.facts, diff=diff, incremental_sql=sql))
    assert isinstance(run_again.EXPERIMENT(laboratory, one), Cause) == found


# Which experiments are asked about a difference of one kind alone: each explains what is shown.
ALL = {CHANGED, MANY, MISSING}
ASKED = {
    inherited.EXPERIMENT: ALL,
    null_key.EXPERIMENT: {MANY},
    null_watermark.EMPTY: {MISSING},
    duplicate_key.EXPERIMENT: ALL,
    null_key.NOT_IN: {CHANGED, MISSING},
    delivery.TOLD_BEFORE: ALL,
    delivery.AS_UNDER_ARRIVAL: ALL,
    delivery.EXPERIMENT: ALL,
    partial_group.UNDER_DELIVERY: {CHANGED, MANY},
    clock.OWN: ALL,
    run_stamp.EXPERIMENT: {CHANGED},
    run_gap.EXPERIMENT: ALL,
    null_watermark.OTHER_ROWS: {CHANGED, MISSING},
    null_watermark.FALLBACK: ALL,
    partial_group.EXPERIMENT: {CHANGED, MANY},
    partial_group.LOST: {MISSING},
    run_again.EXPERIMENT: {CHANGED, MANY},
    late_arrival.AMONG_OTHERS: ALL,
    below_watermark.EXPERIMENT: ALL,
    behind_mark.EXPERIMENT: {CHANGED, MISSING},
    behind_mark.MIXED: {CHANGED, MISSING},
    behind_mark.TIED: ALL,
    behind_mark.NULL: {CHANGED, MISSING},
    another_key.EXPERIMENT: {MANY},
    stale_join.EXPERIMENT: ALL,
    boundary_tie.EXPERIMENT: {CHANGED, MISSING},
    clock.ABOVE: ALL,
    kept_columns.EXPERIMENT: {CHANGED},
    outdated.EXPERIMENT: {CHANGED, MANY},
    recomputed.EXPERIMENT: {CHANGED},
    late_arrival.ALONE: ALL,
    carried_on.EXPERIMENT: {CHANGED},
    run_gap.OFTEN: ALL,
    delivery.AT_LAST: ALL,
    null_key.PARTLY: {MANY},
    duplicate_key.PARTLY: ALL,
}
ONE_KIND = {CHANGED: "changed", MANY: "many", MISSING: "missing"}


def test_the_table_names_every_experiment():
    assert ASKED.keys() == set(CATALOG)


@pytest.mark.parametrize("kind", ONE_KIND)
@pytest.mark.parametrize("asked", ASKED, ids=lambda each: each.claim)
def test_an_experiment_is_asked_about_what_its_cause_can_explain(asked, kind):
    stub = replace(asked, look=lambda *_: Cause("clock", "asked"), repeats=True)
    answer = stub(None, differing(**{ONE_KIND[kind]: 3}))
    assert (answer != NOT_TRIED) == (kind in ASKED[asked])


@pytest.mark.parametrize(
    ("found", "explained"),
    [
        (differing(many=2, null_keys=2), True),
        # Another row is there too often, and its key isn't NULL.
        (differing(many=3, null_keys=2), False),
        (differing(changed=1, many=2, null_keys=2), False),
        (differing(changed=2), False),
        (differing(missing=2), False),
    ],
)
def test_null_in_a_key_explains_rows_too_many_and_all_of_them(found, explained):
    assert isinstance(null_key.EXPERIMENT(None, found), Cause) == explained


def test_what_null_in_a_key_leaves_unexplained_is_said():
    cause = null_key.PARTLY(None, differing(changed=1, many=2, null_keys=2))
    assert cause.name == "null-key"
    assert cause.explanation.endswith(" That doesn't account for the other 1 row that differs.")


def test_a_key_that_is_not_unique_explains_the_rows_of_such_keys():
    explained = differing(missing=2, duplicate_keys=1)
    assert duplicate_key.EXPERIMENT(None, explained).name == "duplicate-key"
    other = differing(missing=2, duplicate_keys=1, unique_key_rows=1)
    assert duplicate_key.EXPERIMENT(None, other) == ("duplicate-key",)
    assert "the other 1 row" in duplicate_key.PARTLY(None, other).explanation


def test_without_a_key_rows_of_both_sides_may_be_changed_ones():
    assert differing(many=2, missing=2, key=()).kinds == {CHANGED}
    assert differing(many=2, missing=2).kinds == {MANY, MISSING}
    assert differing(missing=2, key=()).kinds == {MISSING}


def test_what_stands_beside_its_later_version_is_a_key_that_replaced_nothing():
    cause = duplicate_key.EXPERIMENT(None, differing(many=2, earlier_versions=2))
    assert (cause.name, "incremental_predicates" in cause.explanation) == ("duplicate-key", True)
    some = differing(many=3, earlier_versions=2)
    assert duplicate_key.EXPERIMENT(None, some) == ("duplicate-key",)
    assert "the other 1 row" in duplicate_key.PARTLY(None, some).explanation


class Altered:
    """A world with a source that doesn't arrive as recorded, and the laboratory to ask about it."""

    altered: ClassVar = {"s": SimpleNamespace(hidden="h")}
    recorded = SimpleNamespace(altered={})

    def __init__(self, *, as_recorded):
        self.agrees = as_recorded

    def as_recorded(self, _):
        return self.recorded

    def read_by(self, _):
        return (SimpleNamespace(unique_id="s", name="raw.s"),)

    def ask(self, _):
        return (7,)

    def agrees_in(self, world, _):
        return world is self.recorded and self.agrees


def told(experiment, schedule, *, as_recorded, arrival=None, **kinds):
    world = Altered(as_recorded=as_recorded)
    known = {} if arrival is None else {"arrival": Cause(arrival, "why")}
    one = replace(
        differing(**kinds), world=world, schedule=Schedule(schedule, {1: 1, 2: 1}), known=known
    )
    answer = experiment(world, one)
    return answer.name if isinstance(answer, Cause) else answer


def test_a_delivery_is_the_cause_where_the_model_agrees_as_recorded():
    assert told(delivery.EXPERIMENT, "deletes", as_recorded=True, many=2) == "missed-delete"
    assert told(delivery.EXPERIMENT, "deletes", as_recorded=False, many=2) == ("missed-delete",)
    assert told(delivery.AT_LAST, "deletes", as_recorded=True, many=2) == NOT_TRIED


def test_what_differs_under_arrival_differs_for_the_same_reason_under_a_delivery():
    known = {"arrival": "late-arrival", "missing": 1}
    again = told(delivery.AS_UNDER_ARRIVAL, "deletes", as_recorded=False, **known)
    assert again == "late-arrival"
    # But at this step, it doesn't.
    assert told(delivery.AS_UNDER_ARRIVAL, "deletes", as_recorded=True, **known) == NOT_TRIED
    assert told(delivery.EXPERIMENT, "deletes", as_recorded=True, **known) == NOT_TRIED
    assert told(delivery.AT_LAST, "deletes", as_recorded=True, **known) == "missed-delete"


def test_rows_that_nothing_removes_are_a_mistake_of_their_own():
    known = {"arrival": "late-arrival", "many": 1}
    assert told(delivery.EXPERIMENT, "deletes", as_recorded=True, **known) == "missed-delete"


NOW = datetime.fromisoformat("2024-01-07 08:00:00.5+00:00")


def is_blamed_on_the_empty_table(read, condition, *, reads_clock=False):
    """Return whether a model that never had a row is told to have a NULL watermark."""
    laboratory = SimpleNamespace(
        read_by=lambda _: (SimpleNamespace(relation=Relation("d", "raw", read)),),
        ask=lambda _: (False,),
    )
    one = replace(
        differing(missing=2), world=SimpleNamespace(view=lambda *_: "", clock=lambda _: NOW)
    )
    one = replace(one, model=replace(one.model, reads_clock=reads_clock))
    facts = replace(
        one.facts,
        diff=replace(one.facts.diff, rows_incremental=0),
        full_refresh_sql=f"select id from d.raw.{read}",
        incremental_sql=f"select id from d.raw.{read} where {condition}",
    )
    return isinstance(null_watermark.EMPTY(laboratory, replace(one, facts=facts)), Cause)


def test_a_watermark_of_another_table_is_not_null_for_an_empty_one():
    for schema, empty in (("s", True), ("raw", False)):
        condition = f"id > (select max(id) from d.{schema}.fct)"
        assert is_blamed_on_the_empty_table("fct", condition) == empty


def test_a_run_that_never_reads_its_table_has_no_watermark_of_it():
    for condition, empty in (
        ("id not in (select id from d.s.fct)", True),
        ("id not in (select id from d.raw.visits)", False),
        # What Jinja pastes that asked the table before.
        ("id > cast(null as int)", True),
        ("id > 999999", True),
    ):
        assert is_blamed_on_the_empty_table("visits", condition) == empty


def test_a_run_by_the_clock_has_no_watermark_though_it_pastes_times():
    condition = "seen >= '2024-01-05'"
    assert is_blamed_on_the_empty_table("visits", condition)
    assert not is_blamed_on_the_empty_table("visits", condition, reads_clock=True)
    # No window begins at the time of the run: that stands for a NULL.
    condition = "seen > '2024-01-07T08:00:00'"
    assert is_blamed_on_the_empty_table("visits", condition, reads_clock=True)


@pytest.mark.parametrize(
    ("loads", "days", "runs"),
    [
        # One after each load, however far apart; with more loads, as far apart as the pause that is enough.
        (3, 40, 5),
        (50, 5, 11),
        # So many runs aren't tried, and none where nothing arrived between.
        (50, 40, None),
        (0, 5, None),
    ],
)
@pytest.mark.parametrize("agrees", [True, False])
def test_rows_are_late_whatever_the_pause_if_runs_between_lose_them_too(loads, days, runs, agrees):
    first = datetime.fromisoformat("2024-01-01 00:00+00:00")
    gap = timedelta(days=days)
    times = [to_microseconds(first + gap * (n + 1) / (loads + 1)) for n in range(loads)]
    tried = []

    def agrees_under(world, planned, *_):
        tried.append((len(world.instants), len(planned)))
        return agrees

    source = SimpleNamespace(unique_id="s", loaded_at="loaded", origin="t")
    laboratory = SimpleNamespace(
        read_by=lambda _: (source,), ask=lambda _: (times,), agrees_under=agrees_under
    )
    world = replace(DIFFERS.world, instants=(first, first + gap), zones={"s": False})
    nearer = run_gap.Closer(world, gap, min(timedelta(days=1), gap / 10))
    found = run_gap._late_for_any_run(laboratory, replace(DIFFERS, world=world), nearer)
    assert tried == ([] if runs is None else [(runs, runs)])
    assert (found and found.name) == (None if agrees or runs is None else "late-arrival")


@pytest.mark.parametrize(("agrees", "code"), [(True, "run-gap"), (False, "late-arrival")])
def test_late_rows_that_a_run_after_each_load_reads_are_lost_by_the_pause(
    monkeypatch, agrees, code
):
    first = datetime.fromisoformat("2024-01-01 00:00+00:00")
    times = [to_microseconds(first + timedelta(days=n)) for n in (2, 5)]
    monkeypatch.setattr(
        late_arrival, "among_others", lambda *_: Cause(late_arrival.CODE, "Without them.")
    )
    source = SimpleNamespace(unique_id="s", loaded_at="loaded", origin="t")
    laboratory = SimpleNamespace(
        read_by=lambda _: (source,), ask=lambda _: (times,), agrees_under=lambda *_: agrees
    )
    world = replace(DIFFERS.world, instants=(first, first + timedelta(days=7)), zones={"s": False})
    one = replace(DIFFERS, world=world)
    nearer = run_gap.Closer(world, timedelta(days=7), timedelta(hours=16))
    assert run_gap._with_a_shorter_pause(laboratory, one, nearer).name == code


@pytest.mark.parametrize(
    ("full_refresh", "asked"),
    [("select * from t", True), ("select * from t where valid_from <= current_date", False)],
)
def test_a_run_after_each_load_proves_nothing_where_a_full_refresh_reads_the_clock(
    full_refresh, asked
):
    first = datetime.fromisoformat("2024-01-01 00:00+00:00")
    times = [to_microseconds(first + timedelta(days=n)) for n in (2, 5)]
    source = SimpleNamespace(unique_id="s", loaded_at="loaded", origin="t")
    laboratory = SimpleNamespace(
        read_by=lambda _: (source,), ask=lambda _: (times,), agrees_under=lambda *_: True
    )
    world = replace(DIFFERS.world, instants=(first, first + timedelta(days=7)), zones={"s": False})
    facts = replace(DIFFERS.facts, full_refresh_sql=full_refresh)
    one = replace(DIFFERS, world=world, facts=facts)
    assert isinstance(run_gap.OFTEN(laboratory, one), Cause) is asked


def test_a_load_counts_once():
    with duckdb.connect() as connection:
        connection.execute(
            "create table t as select timestamp '2024-01-01' + to_days(i // 3) as loaded from range(9) t(i)"
        )
        source = SimpleNamespace(unique_id="s", loaded_at="loaded", origin="t")
        laboratory = SimpleNamespace(
            read_by=lambda _: (source,), ask=lambda sql: connection.execute(sql).fetchone()
        )
        world = SimpleNamespace(
            zones={"s": False}, view=lambda *_: "from t", literal=lambda _, at: f"'{at:%Y-%m-%d}'"
        )
        since = datetime.fromisoformat("2024-01-01 00:00+00:00")
        found = run_gap._loads(laboratory, replace(DIFFERS, world=world), since)
    assert [each.day for each in found] == [1, 2, 3]


@pytest.mark.parametrize(("key", "code"), [((), "duplicate-key"), (("id",), "partial-group")])
def test_rows_that_another_run_adds_again_are_duplicates_where_no_key_replaces_them(key, code):
    sql = "select day, count(*) as n from t group by day"
    rows = (SampleRow("only_incremental", {"day": 1}, {}),)
    one = differing(many=1, key=key)
    diff = replace(one.facts.diff, sample=rows)
    one = replace(one, facts=replace(one.facts, diff=diff, incremental_sql=sql))
    step = SimpleNamespace(agrees=False, comparison=Comparison(3, 0, 0))
    outcome = SimpleNamespace(failure=None, steps=(step,))
    assert run_again.EXPERIMENT(SimpleNamespace(outcome=lambda *_: outcome), one).name == code


def test_a_window_of_whole_days_is_tried_without_midnight_between_two_runs():
    def closer(*instants):
        at = tuple(datetime.fromisoformat(f"2024-01-{text}+00:00") for text in instants)
        one = replace(DIFFERS, world=replace(DIFFERS.world, instants=at))
        found = run_gap.closer_runs(None, one, (), at_end_of_day=True)
        return found and [f"{instant:%d %H:%M}" for instant in found.world.instants]

    assert closer("01 01:00", "06 01:00") == ["05 11:59", "05 23:59"]
    assert closer("05 13:00", "06 11:00") == ["05 21:47", "05 23:59"]
    assert closer("05 23:00", "06 11:00") is None
    assert closer("06 01:00", "06 11:00") is None


@pytest.mark.parametrize(("runs", "said"), [(1, "own select"), (2, "read twice is added twice")])
def test_a_row_of_two_runs_at_one_step_is_not_one_that_a_run_selects_twice(runs, said):
    row = SampleRow("only_incremental", {"id": 1}, {})
    one = replace(
        differing(many=1, key=(), extra_copies=1), schedule=Schedule("rerun", {1: 1, 2: runs})
    )
    one = replace(one, facts=replace(one.facts, diff=replace(one.facts.diff, sample=(row,))))
    laboratory = SimpleNamespace(were_right=lambda each: [False for _ in each.own])
    assert said in duplicate_key.EXPERIMENT(laboratory, one).explanation


@pytest.mark.parametrize(
    ("wrong", "was", "part", "added"), [(7, 4, 3, True), (7, 7, 0, False), (7, 4, 2, False)]
)
def test_what_a_run_left_as_it_was_is_no_sum(wrong, was, part, added):
    @contextmanager
    def built(world, *_):
        yield part if world.since else was

    comparer = SimpleNamespace(
        contains=lambda *_: [False], rows_of=lambda number, *_: [{"total": number}]
    )
    laboratory = SimpleNamespace(
        read_by=lambda _: (SimpleNamespace(unique_id="s", name="raw.s"),),
        built=built,
        together=SimpleNamespace(comparer=comparer),
    )
    one = differing(changed=1)
    sample = (SampleRow("changed", {"id": 1, "total": 9}, {"total": wrong}),)
    one = replace(one, facts=replace(one.facts, diff=replace(one.facts.diff, sample=sample)))
    assert isinstance(partial_group.EXPERIMENT(laboratory, one), Cause) == added
