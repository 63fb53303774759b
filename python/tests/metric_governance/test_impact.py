"""`entity-kit metrics --impact`: everything that a column reaches, each with its path."""

from __future__ import annotations

import copy
import json

import pytest

from entity_kit.errors import EntityKitError
from entity_kit.project_health.column_lineage import ColumnLineage
from entity_kit.project_health.metrics.readers import reader_lines
from entity_kit.project_health.metrics.reading import read_metrics
from entity_kit.verify.reports.comment import escaped
from support.metric_manifest import SPEC, manifest, model, source

MODELS = {
    "stg_orders": model(
        "with source as (select * from {{ source('shop', 'orders') }}) "
        "select id as order_id, customer_id, amount, status, ordered_at from source where kind = 'x'"
    ),
    "fct_orders": model("select * from {{ ref('stg_orders') }}"),
    "dim_customers": model("select customer_id, tier from {{ ref('stg_customers') }}"),
    "stg_customers": model("select * from {{ source('shop', 'customers') }}"),
    "monthly": model(
        "select ordered_at, sum(amount) as total from {{ ref('fct_orders') }} group by 1",
        config={"meta": {"entity_kit_grain": {"grain": "month"}}},
    ),
    "late": model("{{ my_macro(ref('fct_orders')) }}"),
    "mart": model("select 1 as x", config={"meta": {"entity_kit_metric_table": {"metrics": ["growth"]}}}),
}  # fmt: skip
USERS = {
    "exposures": [{"name": "board", "metrics": ["gold_revenue"]}],
    "saved_queries": [{"name": "weekly", "metrics": ["orders"]}],
}


def shop(spec=SPEC, models=MODELS):
    found = manifest(spec, models=models, **USERS)
    for name in ("orders", "customers"):
        each = source("shop", name)
        found["sources"][each["unique_id"]] = each
    return found


@pytest.fixture
def impact(command):
    def run(asked, models=MODELS, spec=SPEC):
        found = shop(spec, models)
        code, lines = command(found, "--impact", asked, "--format", "json")
        result = json.loads("\n".join(lines))
        assert code == 0
        paths = {
            (each["kind"], each["name"]): " → ".join(each["path"]) for each in result["reached"]
        }
        return paths, [(each["model"], each["reason"]) for each in result["unresolved"]]

    return run


UNKNOWN = "its Jinja isn't known before it is compiled ('my_macro' is undefined); run dbt compile"


def test_a_column_of_a_model(impact):
    start = "stg_orders.amount → fct_orders.amount"
    paths, unresolved = impact("stg_orders.amount")
    assert paths == {
        ("metric", "revenue"): f"{start} → revenue (aggregated amount)",
        ("metric", "gold_revenue"): f"{start} → gold_revenue (aggregated amount)",
        (
            "metric",
            "average_order_value",
        ): f"{start} → revenue (aggregated amount) → average_order_value",
        ("metric", "growth"): f"{start} → revenue (aggregated amount) → growth",
        ("exposure", "board"): f"{start} → gold_revenue (aggregated amount) → board",
        ("grain table", "monthly"): f"{start} → monthly.total",
        ("metric table", "mart"): f"{start} → revenue (aggregated amount) → growth → mart",
        ("model", "fct_orders"): start,
        ("model", "late"): f"{start} → late (may read it)",
    }
    assert unresolved == [("late", UNKNOWN)]


def test_a_column_that_decides_which_rows_there_are(impact):
    paths, _ = impact("shop.orders.kind")
    start = "shop.orders.kind → stg_orders (decides which rows it has) → fct_orders"
    assert paths["model", "fct_orders"] == start
    assert paths["metric", "orders"] == f"{start} → orders (aggregated order_id)"
    assert paths["saved query", "weekly"] == f"{start} → orders (aggregated order_id) → weekly"


def test_a_filter_and_a_join_key_of_a_metric(impact):
    paths, unresolved = impact("dim_customers.tier")
    path = "dim_customers.tier → gold_revenue (filter tier)"
    assert paths == {("metric", "gold_revenue"): path, ("exposure", "board"): f"{path} → board"}
    assert unresolved == []
    paths, unresolved = impact("shop.customers.customer_id")
    assert paths["metric", "gold_revenue"] == (
        "shop.customers.customer_id → stg_customers.customer_id (through *) → "
        "dim_customers.customer_id → gold_revenue (join key customer_id)"
    )
    assert unresolved == [
        ("stg_customers", "it selects * from what has no known columns: shop.customers")
    ]


def test_a_column_that_nothing_reads(impact, command):
    models = {**MODELS, "stg_orders": model("select 1 as spare, 2 as amount")}
    models["fct_orders"] = model("select amount from {{ ref('stg_orders') }}")
    assert impact("stg_orders.spare", models) == ({}, [])
    found = manifest(models=models)
    assert command(found, "--impact", "stg_orders.spare") == (
        0,
        ["Nothing is built from stg_orders.spare."],
    )


def test_a_whole_model(impact):
    paths, _ = impact("fct_orders")
    assert {name for kind, name in paths if kind == "metric"} == {
        m["name"] for m in SPEC["metrics"]
    }
    assert paths["grain table", "monthly"] == "fct_orders → monthly"


def test_a_metric_table_of_the_users_own(impact):
    spec = copy.deepcopy(SPEC)
    place = {"model": "own_mart", "column": "orders", "grain": "day"}
    spec["metrics"][2]["config"] = {"meta": {"entity_kit": {"materialized_in": place}}}
    models = {**MODELS, "own_mart": model("select 1 as orders")}
    paths, _ = impact("fct_orders.order_id", models, spec)
    assert paths["metric table", "own_mart"] == (
        "fct_orders.order_id → orders (aggregated order_id) → own_mart"
    )


def test_text_and_markdown(command):
    found = shop()
    _, lines = command(found, "--impact", "dim_customers.tier")
    assert lines == [
        "metric gold_revenue: dim_customers.tier → gold_revenue (filter tier)",
        "exposure board: dim_customers.tier → gold_revenue (filter tier) → board",
    ]
    _, lines = command(found, "--impact", "stg_orders.amount", "--format", "markdown")
    assert lines[0] == "| kind | name | path |"
    assert lines[-1].startswith("| late | its Jinja")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--impact", "fct_order"], r"There is no model fct_order.*\nClosest: fct_orders"),
        (["--impact", "fct_order.amount"], r"Closest: fct_orders"),
        (["--impact", "fct_orders.amont"], r"Model fct_orders has no column amont\.\nClosest: amount"),
        (["--impact", "fct_orders", "--check"], "--impact doesn't fit --check"),
    ],
)  # fmt: skip
def test_refusals(command, words, message):
    with pytest.raises(EntityKitError, match=message):
        command(shop(), *words)


def test_the_columns_that_a_guide_lists():
    found = shop()
    metrics = read_metrics(found)
    lines = list(reader_lines(found, metrics, ColumnLineage(found), "model.shop.fct_orders"))
    assert lines[4:] == [
        "|---|---|---|",
        f"| model | late | {escaped(f'not known: {UNKNOWN}')} |",
        "| model | monthly | amount, ordered_at |",
        "| metric | average_order_value | amount, order_id, ordered_at |",
        "| metric | gold_revenue | amount, customer_id, ordered_at |",
        "| metric | growth | amount, ordered_at |",
        "| metric | orders | order_id, ordered_at |",
        "| metric | revenue | amount, ordered_at |",
        "| metric | weekly_buyers | customer_id, ordered_at |",
    ]
    assert list(reader_lines(found, metrics, ColumnLineage(found), "model.shop.mart")) == []
    customers = "source.shop.shop.customers"
    starred = list(reader_lines(found, metrics, ColumnLineage(found), customers))
    assert starred[-1] == "| model | stg_customers | all |"
