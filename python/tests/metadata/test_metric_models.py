"""The models about metrics: definitions, lineage, and the log of their versions."""

from __future__ import annotations

import copy
import json

import pytest

from entity_kit.project_health.metrics.meaning import Meanings
from entity_kit.project_health.metrics.reading import read_metrics
from entity_kit.project_health.metrics.usage import uses
from support.metric_manifest import SPEC, as_yaml, manifest

pytestmark = pytest.mark.slow

MODELS = {
    "fct_orders.sql": "select 1 as order_id, 2 as customer_id, 3 as amount, 'new' as status, "
    "cast('2026-01-01' as date) as ordered_at",
    "dim_customers.sql": "select 2 as customer_id, 'gold' as tier",
    "days.sql": "select cast('2026-01-01' as date) as day",
}
GOVERNED = {
    "business_owner": 'Finance\'s "best"',
    "technical_owner": "data",
    "category": "Sales",
    "version": 2,
    "certified": {"by": "cfo", "date": "2026-02-01"},
    "deprecation_date": "2027-01-01",
    "replacement": "orders",
    "synonyms": ["turnover", "sales"],
}
LOG = "select metric_name, event, version, old_version, owes_version from metric_versions order by logged_at, 1"
OURS = ("-s", "metric_versions", "metric_definitions", "metric_lineage")
NAMES = sorted(each["name"] for each in SPEC["metrics"])


def governed():
    spec = copy.deepcopy(SPEC)
    spec["metrics"][0]["config"] = {"meta": {"entity_kit": GOVERNED}}
    spec["metrics"][0]["description"] = "What they paid; it's {{ 'all' }}"
    return spec


@pytest.fixture(scope="module")
def project(make_project, engine):
    return make_project(
        {**MODELS, "metrics.yml": as_yaml(governed())},
        variables={"entity_kit_metric_governance": True},
        engine=engine,
    )


@pytest.fixture
def built(project, at):
    """Return the project with an empty log, and the example's metrics as on the first day."""
    project.write({"models/metrics.yml": as_yaml(governed())})
    project.execute("drop table if exists metric_versions")
    assert at(project, "2026-03-01", "run", *OURS).success
    return project


def test_definitions(built):
    rows = built.query(
        "select metric_name, metric_type, computed_as, source_models, filters, version, is_certified "
        "from metric_definitions order by 1"
    )
    orders, customers = "model.consumer.fct_orders", "customer__tier"
    big = "{{ Dimension('order__is_big') }}"
    gold = f"{{{{ Dimension('{customers}') }}}} = 'gold' and {big}"
    assert rows == [
        ("average_order_value", "ratio", "revenue / orders", orders, None, 1, False),
        ("gold_revenue", "simple", f"sum(amount) where {gold}", orders, gold, 1, False),
        ("growth", "derived", "now / before - 1", orders, None, 1, False),
        ("orders", "simple", "count(order_id)", orders, None, 1, False),
        ("revenue", "simple", "sum(amount)", orders, None, 2, True),
        *[("weekly_buyers", "cumulative", "count_distinct(customer_id) over 7 day", orders, None, 1, False)],
    ]  # fmt: skip
    [row] = built.query(
        "select business_owner, technical_owner, category, certified_by, cast(certified_on as varchar), "
        "cast(deprecation_date as varchar), replacement, synonyms, description, dimensions, "
        "cast(created_at as varchar), cast(modified_at as varchar) "
        "from metric_definitions where metric_name = 'revenue'"
    )
    assert row == (
        *('Finance\'s "best"', "data", "Sales", "cfo", "2026-02-01", "2027-01-01", "orders"),
        *("turnover, sales", "What they paid; it's all", "is_big, ordered_at, status"),
        *("2026-03-01 12:00:00", "2026-03-01 12:00:00"),
    )


def test_lineage_is_what_the_command_finds(built):
    found = built.query(
        "select metric_name, upstream_id, upstream_column, used_as from metric_lineage order by 1, 2, 3, 4"
    )
    metrics = read_metrics(manifest())
    meanings = Meanings(metrics)
    expected = {
        (metric.name, use.model_id.replace(".shop.", ".consumer."), use.column, use.how)
        for metric in metrics.own
        for use in uses(metrics, meanings, metric)
    }
    assert found == sorted(expected)


def test_the_score(built):
    rows = built.query(
        "select metric_name, used_as, impact_score from metric_lineage "
        "where metric_name in ('revenue', 'weekly_buyers') order by 1, 2"
    )
    # revenue is certified (2), and two metrics use it (2).
    assert rows == [
        ("revenue", "aggregated", 5 + 2 + 2),
        ("revenue", "time", 3 + 2 + 2),
        ("weekly_buyers", "aggregated", 5),
        ("weekly_buyers", "time", 3),
    ]


def test_the_log_has_each_change_once_and_survives_a_full_refresh(built, at):
    first = [(name, "added", 2 if name == "revenue" else 1, None, None) for name in NAMES]
    assert [row[:4] for row in built.query(LOG)] == [row[:4] for row in first]
    assert at(built, "2026-03-02", "run", *OURS).success
    assert len(built.query(LOG)) == len(NAMES)

    spec = governed()
    spec["metrics"][2]["filter"] = "{{ Dimension('order__status') }}  =  'done'"
    spec["metrics"][0]["label"] = "Turnover"
    del spec["metrics"][5]
    built.write({"models/metrics.yml": as_yaml(spec)})
    assert at(built, "2026-03-03", "run", "--full-refresh", *OURS).success
    assert at(built, "2026-03-04", "run", "--full-refresh", *OURS).success
    changed = [
        ("average_order_value", "changed", 1, 1, True),
        ("orders", "changed", 1, 1, True),
        ("weekly_buyers", "removed", None, 1, False),
    ]
    assert [row[:4] for row in built.query(LOG)[len(NAMES) :]] == [row[:4] for row in changed]
    assert [bool(row[4]) for row in built.query(LOG)[len(NAMES) :]] == [True, True, False]
    [(old, new)] = built.query(
        "select old_normal_form, normal_form from metric_versions "
        "where metric_name = 'orders' and event = 'changed'"
    )
    filters = ["{{ Dimension('order__status') }} = 'done'"]
    assert json.loads(new) == {**json.loads(old), "filters": filters}

    # Only the space differs, and the version is new.
    spec["metrics"][2]["filter"] = filters[0]
    spec["metrics"][2]["config"] = {"meta": {"entity_kit": {"version": 2}}}
    spec["metrics"].append(SPEC["metrics"][5])
    built.write({"models/metrics.yml": as_yaml(spec)})
    assert at(built, "2026-03-05", "run", *OURS).success
    assert [row[:4] for row in built.query(LOG)[len(NAMES) + 3 :]] == [
        ("orders", "versioned", 2, 1),
        ("weekly_buyers", "added", 1, None),
    ]
    [row] = built.query(
        "select cast(created_at as varchar), cast(modified_at as varchar) "
        "from metric_definitions where metric_name = 'orders'"
    )
    assert row == ("2026-03-01 12:00:00", "2026-03-05 12:00:00")


def test_two_runs_that_see_a_change_at_once_log_it_once(built, at):
    """One run has computed its rows, another one logs them first, and then the first one inserts its own."""
    spec = governed()
    spec["metrics"][2]["filter"] = "{{ Dimension('order__status') }} = 'done'"
    del spec["metrics"][5]
    built.write({"models/metrics.yml": as_yaml(spec)})
    built.execute(f"create table slower as {built.compiled('metric_versions')}")
    assert at(built, "2026-03-03", "run", *OURS).success
    once = built.query("select * from metric_versions order by log_id, metric_name")
    changed = [(name, event) for name, event, *_ in built.query(LOG)[len(NAMES) :]]
    assert changed == [
        ("average_order_value", "changed"),
        ("orders", "changed"),
        ("weekly_buyers", "removed"),
    ]
    assert [*map(repr, built.query("select count(*) from slower"))] == [repr((len(changed),))]
    built.execute("update slower set logged_at = logged_at + interval '1 year'")
    built.execute("insert into metric_versions select * from slower; drop table slower")
    assert len(built.query(LOG)) == len(once) + len(changed)
    assert at(built, "2026-03-04", "run", *OURS).success
    assert built.query("select * from metric_versions order by log_id, metric_name") == once

    # The same change again, after it was taken back, is another one.
    built.write({"models/metrics.yml": as_yaml(governed())})
    assert at(built, "2026-03-05", "run", *OURS).success
    built.write({"models/metrics.yml": as_yaml(spec)})
    assert at(built, "2026-03-06", "run", *OURS).success
    assert len(built.query(LOG)) == len(once) + 2 * len(changed)


def test_a_project_without_metrics(make_project, engine):
    project = make_project(variables={"entity_kit_metric_governance": True}, engine=engine)
    project.run("run")
    for model in OURS[1:]:
        assert project.query(f"select * from {model}") == []
