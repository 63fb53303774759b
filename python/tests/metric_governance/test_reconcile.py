"""`entity-kit metrics --reconcile`: the tables of metrics against their definitions, in a real project."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from conflicting_shop import BOARD, ORDERS, write_shop

from entity_kit.cli.metrics import metrics as command
from entity_kit.dbt_bridge.metric_tables import find_metric_tables
from entity_kit.errors import EntityKitError
from entity_kit.project_health.metrics.conflicts import find_pairs
from entity_kit.project_health.metrics.reading import read_metrics
from support.metric_manifest import SPEC, manifest
from support.verify_project import run


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return write_shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture
def reconcile(shop, monkeypatch):
    """Return a function that runs the command: its exit code, and what it prints."""

    def call(*words):
        monkeypatch.setenv("TMPDIR", str(shop.scratch))
        with shop.untouched():
            return run(["metrics", "--project-dir", str(shop.folder), "--reconcile", *words])

    return call


@pytest.fixture(scope="module")
def everything(shop):
    with pytest.MonkeyPatch.context() as patch, shop.untouched():
        patch.setenv("TMPDIR", str(shop.scratch))
        words = ["--project-dir", str(shop.folder), "--reconcile", "--format", "json"]
        finished = run(["metrics", *words])
    assert finished.exit_code == 1, finished.stderr
    return {each["metric"]: each for each in json.loads(finished.stdout)["tables"]}


def by_month_and_status():
    """Return the revenue by the definition, added up here."""
    found = Counter()
    for _, status, cents, day in ORDERS:
        found[f"{day[:7]}-01", status] += cents
    return found


def test_each_row_that_differs_is_found_with_both_values(everything):
    right = by_month_and_status()
    rows = Counter((month, state) for month, state, _ in BOARD)
    kept = {(month, state): cents for month, state, cents in BOARD}
    expected = {}
    for key in right.keys() | rows.keys():
        if rows[key] > 1:
            reason = "the table has several rows for this period and these dimensions"
        elif key not in rows:
            reason = "the table lacks this period and these dimensions"
        elif key not in right:
            reason = "by its definition, the metric has no row here"
        elif kept[key] is None:
            reason = "only one of the values is NULL"
        elif kept[key] != right[key]:
            reason = "the values differ"
        else:
            continue
        expected[key] = (kept.get(key), right.get(key), reason)
    found = everything["revenue"]
    assert (found["verdict"], found["rows"], found["differing"]) == ("differs", len(BOARD), 5)
    assert {
        (row["period"], row["dimensions"]["order__status"]): (
            None if row["table_value"] is None else row["table_value"] * 100,
            None if row["definition_value"] is None else row["definition_value"] * 100,
            row["failure_reason"],
        )
        for row in found["sample"]
    } == expected
    assert [row["period"] for row in found["sample"]] == sorted(month for month, _ in expected)


def test_what_is_equal_agrees(everything):
    for name, rows in (("new_revenue", 2), ("orders", 4)):
        found = everything[name]
        assert (found["verdict"], found["rows"], found["sample"]) == ("agrees", rows, []), name


def test_a_tolerance(everything):
    # 35.5 and 36, 10.25 and 10: within the half that the metric allows.
    assert everything["positive_revenue"]["verdict"] == "agrees"


def test_one_that_can_not_be_computed_leaves_the_others(everything):
    found = everything["goal"]
    assert found["verdict"] == "not compared"
    assert found["reason"] == (
        'metric_reconciles: `metrics` must be metrics that a table by day can have; got "goal". '
        "Why: Its time since is known by month only. "
        "Ask for grain='month' or longer, or use a finer time in goals."
    )


@pytest.mark.slow
def test_the_text_and_the_exit_codes(reconcile):
    finished = reconcile("--select", "new_revenue orders")
    assert (finished.exit_code, finished.stdout.splitlines()) == (
        0,
        [
            "new_revenue in monthly.from_new by month: agrees in 2 rows",
            "orders in daily.orders by day: agrees in 4 rows",
            "2 tables: 2 agree.",
        ],
    )
    finished = reconcile("--select", "goal")
    assert finished.exit_code == 3
    assert finished.stdout.splitlines()[-1] == "1 table: 1 not compared."
    finished = reconcile("--select", "not_old_revenue")
    assert finished.exit_code == 1
    assert finished.stdout.splitlines()[:2] == [
        (
            "not_old_revenue in board.total by month: 3 rows differ; if the rows have dimensions, name "
            "them in materialized_in:"
        ),
        (
            "  2026-01-01: table 11, definition 10 (the table has several rows for this period and these "
            "dimensions)"
        ),
    ]


def materialized(place, models=None, **more):
    spec = json.loads(json.dumps(SPEC))
    spec["metrics"][0]["config"] = {"meta": {"entity_kit": {"materialized_in": place}}}
    return manifest(spec, models={"mart": {}, **(models or {})}, **more)


PLACE = {"model": "mart", "column": "revenue", "grain": "day"}
OURS = {"entity_kit_metric_table": {"metrics": ["orders"], "grain": "month", "dimensions": ["d"], "timezone": "UTC"}}  # fmt: skip


@pytest.mark.parametrize(
    ("place", "models", "said"),
    [
        ({**PLACE, "model": "mrat"}, {}, "must be a model, seed, or snapshot of the project; got 'mrat'.\nClosest: mart."),
        ({**PLACE, "grain": "dya"}, {}, "grain must be one of hour, day, week, month, quarter, year; got 'dya'.\nClosest: day."),
        ({**PLACE, "tolerance": "1"}, {}, "tolerance must be a number, zero or more; got '1'."),
        ({**PLACE, "dimensions": "tier"}, {}, "dimensions must be a list of dimensions, or a mapping"),
        ({**PLACE, "colunm": "a"}, {}, "got `colunm`.\nClosest: column."),
        (PLACE, {"mart": {"config": {"materialized": "ephemeral", "meta": {}}}}, "must have a table; mart is ephemeral."),
        (PLACE, {"mart": {"config": {"meta": OURS}}}, "grain must be that of mart, month; got day."),
        ({**PLACE, "grain": "month"}, {"mart": {"config": {"meta": OURS}}}, "mart is a metric table without revenue; it has orders."),
    ],
)  # fmt: skip
def test_a_wrong_place_is_refused(place, models, said):
    with pytest.raises(EntityKitError) as caught:
        find_metric_tables(materialized(place, models))
    assert said in str(caught.value)
    assert "models/metrics.yml: metric revenue: config.meta.entity_kit.materialized_in" in str(
        caught.value
    )


def test_a_metric_table_says_its_own_dimensions():
    place = {**PLACE, "grain": "month", "column": "orders"}
    [found] = find_metric_tables(materialized(place, {"mart": {"config": {"meta": OURS}}}))
    assert (found.dimensions, found.place.timezone) == ((("d", "d"),), "UTC")


def test_modes_that_do_not_fit():
    assert {"--reconcile"} <= {option for each in command.params for option in each.opts}
    for words in (["--check"], ["--diff", "HEAD"], ["--impact", "orders"]):
        finished = run(["metrics", "--reconcile", *words])
        assert (finished.exit_code, "--reconcile doesn't fit" in finished.stderr) == (2, True)


def parting(first, second):
    """Return the rows of two metrics by month and status that differ, from the orders."""
    counts = {
        "revenue": lambda _: True,
        "new_revenue": lambda status: status == "new",
        "not_old_revenue": lambda status: status not in ("old", None),
    }
    found = {}
    for name in (first, second):
        for _, status, cents, day in ORDERS:
            row = found.setdefault((f"{day[:7]}-01", status), {})
            if counts[name](status):
                row[name] = row.get(name, 0) + cents / 100
    return {key: (row.get(first), row.get(second)) for key, row in found.items() if row.get(first) != row.get(second)}  # fmt: skip


@pytest.fixture(scope="module")
def conflicts(shop):
    """Return what the command says of conflicts, and as findings of --check, in one parse each."""
    with pytest.MonkeyPatch.context() as patch, shop.untouched():
        patch.setenv("TMPDIR", str(shop.scratch))
        words = ["metrics", "--project-dir", str(shop.folder), "--conflicts", "--format", "json"]
        alone, checked = run(words), run([*words, "--check"])
    assert (alone.exit_code, checked.exit_code) == (1, 1), alone.stderr + checked.stderr
    pairs = json.loads(alone.stdout)["pairs"]
    findings = json.loads(checked.stdout)["findings"]
    return {(each["first"], each["second"]): each for each in pairs}, findings


def test_metrics_that_measure_the_same_are_compared(conflicts):
    alike = ["new_revenue", "not_old_revenue", "positive_revenue", "revenue"]
    assert [*conflicts[0]] == [(a, b) for a in alike for b in alike if a < b]


def test_the_first_row_in_which_two_metrics_part(conflicts):
    found = conflicts[0]["new_revenue", "revenue"]
    expected = parting("new_revenue", "revenue")
    assert (found["verdict"], found["differing"]) == ("parts", len(expected))
    assert {
        (row["period"], row["dimensions"]["order__status"]): (
            row["first_value"],
            row["second_value"],
        )
        for row in found["sample"]
    } == expected
    assert found["sample"][0]["period"] == min(month for month, _ in expected)
    assert found["definitions"] == [
        {"what": "filter", "first": "{{ Dimension('order__status') }} = 'new'", "second": None}
    ]


def test_a_pair_that_never_parts_is_not_reported(conflicts):
    for pair in (("new_revenue", "not_old_revenue"), ("positive_revenue", "revenue")):
        assert (conflicts[0][pair]["verdict"], conflicts[0][pair]["sample"]) == ("same", [])
    assert parting("new_revenue", "not_old_revenue") == {}


def test_the_check_has_each_conflict_as_a_finding(conflicts):
    found = {each["name"]: each["reason"] for each in conflicts[1] if each["rule"] == "conflict"}
    assert [*found] == ["new_revenue", "not_old_revenue"]
    assert sum(each["rule"] == "conflict" for each in conflicts[1]) == 4
    assert found["not_old_revenue"].startswith(
        "it measures what revenue measures, and has other values in 3 rows by month, order__status, the first of 2026-01-01, order__status=old: not_old_revenue NULL, revenue 20. "
    )
    assert found["not_old_revenue"].endswith("If that is meant, set differs_from: [revenue]")


def governed(name, **meta):
    """Return the example with one more metric of the orders' amount, which says this of itself."""
    spec = json.loads(json.dumps(SPEC))
    more = {"config": {"meta": {"entity_kit": meta}}, "filter": "{{ Dimension('order__is_big') }}"}
    spec["metrics"].append({**spec["metrics"][0], **more, "name": name})
    return read_metrics(manifest(spec))


def pairs_of(metrics):
    return [(each.first, each.second, each.dimensions) for each in find_pairs(metrics, "month")]


def test_which_pairs_are_compared():
    big, gold = "order__is_big", "customer__tier"
    # Not with growth, which looks back in time, nor with average_order_value, which counts orders.
    assert pairs_of(governed("big")) == [
        ("big", "gold_revenue", (gold,)),
        ("big", "revenue", (big,)),
        ("gold_revenue", "revenue", (gold, big)),
    ]
    # What means the same never parts.
    same = json.loads(json.dumps(SPEC))
    same["metrics"].append({**same["metrics"][0], "name": "turnover"})
    assert ("revenue", "turnover", ()) not in pairs_of(read_metrics(manifest(same)))
    for meta in ({"differs_from": ["revenue"]}, {"replacement": "revenue"}):
        assert ("big", "revenue", (big,)) not in pairs_of(governed("big", **meta))
    assert ("big", "orders", (big,)) in pairs_of(governed("big", reconciles_with="orders"))
