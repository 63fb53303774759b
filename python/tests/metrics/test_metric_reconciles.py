"""The data test `metric_reconciles`: a mart's values against the metric's definition."""

from __future__ import annotations

import pytest
import yaml

MODELS = {
    "orders.sql": "select * from (values "
    "(1, 'new', 10, cast('2026-01-05' as timestamp)), (2, 'old', 20, cast('2026-01-20' as timestamp)), "
    "(3, null, 5, cast('2026-01-20' as timestamp)), (4, 'new', 7, cast('2026-02-01' as timestamp))"
    ") as t (order_id, status, amount, ordered_at)",
    # January's values by status, as the columns of a mart of one's own.
    "right.sql": "select * from (values (date '2026-01-01', 'new', 10), (date '2026-01-01', 'old', 20), "
    "(date '2026-01-01', null, 5), (date '2026-02-01', 'new', 7)) as t (month, state, total)",
    "wrong.sql": "select * from (values (date '2026-01-01', 'new', 11), (date '2026-01-01', 'old', null), "
    "(date '2026-03-01', 'new', 1), (date '2026-02-01', 'new', 7), (date '2026-02-01', 'new', 7)) "
    "as t (month, state, total)",
    "monthly.sql": "{{ entity_kit.metric_table('revenue', 'month', loaded_at='ordered_at') }}",
    "parting.sql": "{{ entity_kit.metric_conflicts("
    "'revenue', 'new_revenue', 'month', ['order__status'], 'ordered_at') }}",
    "days.sql": "select cast(day as date) as day from generate_series("
    "timestamp '2026-01-01', timestamp '2026-02-28', interval 1 day) as t (day)",
    "so_far.sql": "select * from (values (date '2026-01-01', 35), (date '2026-02-01', 41)) as t (month, total)",
}
GIVEN = {
    "metric_name": "revenue",
    "grain": "month",
    "column": "total",
    "period": "month",
    "loaded_at": "ordered_at",
    "dimensions": {"order__status": "state"},
}


def reconciled(name, **more):
    return {"entity_kit.metric_reconciles": {"name": name, "arguments": {**GIVEN, **more}}}


PROPERTIES = {
    "models": [
        {
            "name": "days",
            "time_spine": {"standard_granularity_column": "day"},
            "columns": [{"name": "day", "granularity": "day"}],
        },
        {"name": "right", "data_tests": [reconciled("right")]},
        {
            "name": "so_far",
            "data_tests": [
                reconciled(
                    "running", metric_name="running", dimensions=[], upstreams=["ref('days')"]
                )
            ],
        },
        {
            "name": "wrong",
            "data_tests": [
                reconciled("wrong"),
                reconciled("within", tolerance=1),
                reconciled("within_share", relative_tolerance=0.1),
                reconciled("not_within", relative_tolerance=0.09),
            ],
        },
        {
            "name": "monthly",
            "data_tests": [
                {
                    "entity_kit.metric_reconciles": {
                        "name": "ours",
                        "arguments": {
                            "metric_name": "revenue",
                            "grain": "month",
                            "loaded_at": "ordered_at",
                        },
                    }
                }
            ],
        },
    ],
    "semantic_models": [
        {
            "name": "orders",
            "model": "ref('orders')",
            "defaults": {"agg_time_dimension": "ordered_at"},
            "entities": [{"name": "order", "type": "primary", "expr": "order_id"}],
            "dimensions": [
                {"name": "ordered_at", "type": "time", "type_params": {"time_granularity": "day"}},
                {"name": "status", "type": "categorical"},
            ],
            "measures": [{"name": "amount", "agg": "sum"}],
        }
    ],
    "metrics": [
        {"name": "revenue", "label": "r", "type": "simple", "type_params": {"measure": "amount"}},
        {
            "name": "running",
            "label": "a",
            "type": "cumulative",
            "type_params": {
                "measure": "amount",
                "cumulative_type_params": {"period_agg": "last"},
            },
        },
        {
            "name": "new_revenue",
            "label": "n",
            "type": "simple",
            "type_params": {"measure": "amount"},
            "filter": "{{ Dimension('order__status') }} = 'new'",
        },
    ],
}


@pytest.fixture(scope="module")
def results(make_project):
    """Return each test's status, and the rows that it returns."""
    project = make_project({**MODELS, "schema.yml": yaml.safe_dump(PROPERTIES)})
    project.run("run")
    found = {"parting": project.query("select * from parting order by period_start, first_value")}
    for name in ("right", "wrong", "within", "within_share", "not_within", "ours", "running"):
        sql = project.compiled_all([name])[name]
        found[name] = sorted(project.query(sql), key=repr)
    return found


def test_what_is_equal_passes(results):
    assert results["right"] == []
    assert results["ours"] == []


def test_what_differs_is_returned_with_both_values(results):
    rows = [(str(row[0])[:10], *row[1:]) for row in results["wrong"]]
    assert sorted(rows, key=repr) == [
        ("2026-01-01", "new", 11, 10, "the values differ"),
        ("2026-01-01", "old", None, 20, "only one of the values is NULL"),
        ("2026-01-01", None, None, 5, "the table lacks this period and these dimensions"),
        ("2026-02-01", "new", 7, 7, "the table has several rows for this period and these dimensions"),
        ("2026-03-01", "new", 1, None, "by its definition, the metric has no row here"),
    ]  # fmt: skip


def test_a_metric_that_needs_the_time_spine(results):
    rows = [(str(row[0])[:10], *row[1:]) for row in results["running"]]
    assert rows == [("2026-02-01", 41, 42, "the values differ")]


def test_tolerances(results):
    differing = {
        name: [row for row in rows if row[-1] == "the values differ"]
        for name, rows in results.items()
        if name != "running"
    }
    assert [name for name, rows in differing.items() if rows] == ["wrong", "not_within"]


def test_where_two_metrics_part(results):
    assert [(str(row[0])[:10], *row[1:]) for row in results["parting"]] == [
        ("2026-01-01", None, 5, None, None),
        ("2026-01-01", "old", 20, None, None),
    ]
