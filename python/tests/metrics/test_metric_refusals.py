# ruff: noqa: ISC004 - messages stand as tuples of case and text
"""What `metric_table` refuses, with complete messages: which metric, why, and what to ask for instead."""

from __future__ import annotations

import re

import pytest
from metrics_project import MODELS, PROPERTIES, SOURCES, TABLES, model

from support.macro_project import RunError


@pytest.fixture(scope="module")
def project(make_project):
    project = make_project(MODELS)
    project.write({"models/metrics.yml": PROPERTIES, "models/sources.yml": SOURCES})
    project.execute(TABLES.format(schema="raw"))
    return project


def refused(project, metrics, grain="month", dimensions=(), more=""):
    return project.refused("compile", "--inline", model(metrics, grain, list(dimensions), more))


ARGUMENTS = [
    (
        {"grain": "monthly"},
        'metric_table: `grain` must be one of hour, day, week, month, quarter, year; got "monthly".\nClosest: month.',
    ),
    (
        {"more": ", spine='dense'"},
        'metric_table: `spine` must be sparse; got "dense".\nA metric table has the periods and combinations'
        " that have a value, as MetricFlow returns them. Join it to period_spine for the others.",
    ),
    (
        {"more": ", loaded_at=['loaded_at']"},
        "metric_table: `loaded_at` must be a column, or a mapping of semantic models to their columns;"
        " got ['loaded_at'].\nWrite 'loaded_at', or {'orders': 'loaded_at', 'returns': 'synced_at'}.",
    ),
    (
        {"more": ", loaded_at={'order': 'at'}"},
        'metric_table: `loaded_at` must be a mapping of semantic models that the metrics use; got "order".'
        "\nClosest: orders.",
    ),
    (
        {"more": ", upstreams='customers'"},
        "metric_table: `upstreams` must be a list of relations; got \"customers\".\nWrite [ref('dim_customers')].",
    ),
    (
        {"metrics": ["target"]},
        "metric_table: `loaded_at` must be known for each semantic model; got none.\nSay in the YAML of targets when"
        " its rows arrived: config: {meta: {entity_kit: {loaded_at: …}}}. Or pass {'targets': '…'}.",
    ),
    (
        {"dimensions": ["metric_time"]},
        'metric_table: `dimensions` must be dimensions other than the time of the metrics; got "metric_time".\n'
        "The table has it as period_start, by `grain`.",
    ),
    (
        {"dimensions": ["revenue"]},
        "metric_table: `dimensions` must be names that no other column of the table has;"
        ' got "revenue".\nWrite it with its entity, as in order__revenue.',
    ),
]  # fmt: skip


@pytest.mark.parametrize(("given", "message"), ARGUMENTS)
def test_an_argument_that_cannot_be_right(project, given, message):
    assert refused(project, **{"metrics": ["revenue"], **given}) == message


CAN_HAVE = (
    'metric_table: `metrics` must be metrics that a table by {} can have; got "{}".\nWhy: {}\n{}'
)
METRICS = [
    (
        ["vague", "by_the_hour"], "month", [],
        "Its filter names metric_time without a grain, and the times of the metrics differ in theirs.",
        "Write TimeDimension('metric_time', 'day').",
    ),
    (
        ["revenue", "approximate"], "month", [],
        "An approximate percentile differs from run to run, so the table couldn't equal its full refresh.",
        "Set use_approximate_percentile to false.",
    ),
    (
        ["balance_of_all"], "month", [],
        "Its measure shipped_last takes one shipped_at of all periods, since its time is ordered_at.",
        "Set agg_time_dimension to shipped_at.",
    ),
    (
        ["running_balance"], "month", [],
        "It is cumulative, and its measure last_amount is non-additive: balances don't add up over time.",
        "Ask for the simple metric, by the period of which you want the balance.",
    ),
    (
        ["spined"], "month", [],
        "It has join_to_timespine, and a metric above it filters it by {{ Dimension('order__status') }} = 'done', of which"
        " the periods without rows know nothing.",
        "Put the filter on the simple metric itself.",
    ),
    (
        ["spined_week"], "month", [],
        "It is cumulative with join_to_timespine, and its value is known at each day.",
        "Ask for grain='day', or leave join_to_timespine out.",
    ),
    (
        ["spined_by_time"], "month", [],
        "It has join_to_timespine, and metric_table doesn't compute that by metric_time yet.",
        "Filter it by something else than a time.",
    ),
    (
        ["growth"], "quarter", [],
        "It reaches over a month, of which a quarter isn't a part.",
        "Ask for a grain up to month.",
    ),
    (
        ["growth_by_time"], "month", [],
        "It moves rows in time, and metric_table doesn't compute that by metric_time yet.",
        "Filter it by something else than a time.",
    ),
    (
        ["growth_of_growth"], "month", [],
        "Its input revenue is offset in time twice, which metric_table doesn't compute yet.",
        "Offset it once.",
    ),
    (
        ["running_before"], "day", [],
        "It is cumulative, and another metric offsets it in time, which metric_table doesn't compute yet.",
        "Ask for both and compare their rows in a model on top.",
    ),
    (
        ["target"], "week", [],
        "Its time month_start is known by month only.",
        "Ask for grain='month' or longer, or use a finer time in targets.",
    ),
    (
        ["of_region"], "month", [],
        "orders, where it is measured, has no region__name of its own, and joins no semantic model that has it.",
        "There is order, customer, order__ordered_at, order__placed_at, order__shipped_at, order__status, order__is_big.",
    ),
    (
        ["visits"], "month", ["region__title"],
        "region__title is reached by several paths: store__region__title and office__region__title.",
        "Ask for it by its path.",
    ),
    (
        ["visits"], "month", ["office__region__title"],
        "office__region__title is reached by several paths: through offices, then regions; through annexes, then regions.",
        "Keep the dimension, or the entity that leads to it, in one of them.",
    ),
    (
        ["order_rate"], "month", [],
        "It is a conversion metric, and another metric offsets it in time, which metric_table doesn't compute yet.",
        "Ask for both and compare their rows in a model on top.",
    ),
    (
        ["of_metric"], "month", [],
        "metric_table can't read {{ Metric('revenue', group_by=['customer']) }} in its filter.",
        "Filter by Dimension('entity__name'), TimeDimension('entity__name', 'grain'), or Entity('name').",
    ),
    (
        ["revenue"], "month", ["statu"],
        "orders, where it is measured, has no statu of its own.",
        "There is order, customer, order__ordered_at, order__placed_at, order__shipped_at, order__status, order__is_big.",
    ),
    (
        ["revenue"], "month", ["order__statuses"],
        "orders, where it is measured, has no order__statuses of its own, and joins no semantic model that has it.",
        "Closest: order__status.",
    ),
    (
        ["refunds", "revenue"], "month", ["order__status"],
        "returns, where it is measured, has no order__status of its own, and joins no semantic model that has it.",
        "There is return, customer, return__returned_at, return__reason.",
    ),
]  # fmt: skip


def test_a_time_spine_that_no_metric_leads_to(project):
    assert refused(project, ["growth"]) == (
        "metric_table: `upstreams` must be a list with each model that is read and that no metric leads to; got [].\n"
        "Metric revenue needs the time spine: add ref('time_spine')."
    )


def test_a_time_spine_that_is_too_coarse(project):
    coarse = PROPERTIES.replace(
        "name: date_hour, granularity: hour", "name: date_hour, granularity: day"
    )
    project.write({"models/metrics.yml": coarse})
    try:
        assert refused(project, ["spined_hours"], "hour") == CAN_HAVE.format(
            "hour",
            "spined_hours",
            "It needs the periods of a time spine by hour or finer, and the project has time_spine by day and"
            " hour_spine by day.",
            "Add a model with `time_spine` in its YAML, whose column has granularity: hour.",
        )
    finally:
        project.write({"models/metrics.yml": PROPERTIES})


def test_a_time_spine_that_is_missing(project):
    """A project with metrics and no time spine by day or finer is refused by dbt itself."""
    project.write({"models/metrics.yml": re.sub(r"    time_spine: .*\n", "", PROPERTIES)})
    try:
        with pytest.raises(RunError, match=r"(?i)time spine"):
            project.run("compile", "--inline", model(["spined"], "month", []))
    finally:
        project.write({"models/metrics.yml": PROPERTIES})


def test_a_joined_model_that_no_metric_leads_to(project):
    assert refused(project, ["revenue"], dimensions=["customer__tier"]) == (
        "metric_table: `upstreams` must be a list with each model that is read and that no metric leads to; got [].\n"
        "Metric revenue joins customers: add ref('customers')."
    )


@pytest.mark.parametrize(("metrics", "grain", "dimensions", "why", "instead"), METRICS)
def test_a_metric_that_cannot_be_had(project, metrics, grain, dimensions, why, instead):
    more = ", loaded_at='loaded_at'" if "target" in metrics else ", upstreams=[ref('time_spine')]"
    named = "approximate" if "approximate" in metrics else metrics[0]
    named = {"growth_of_growth": "growth", "running_before": "running"}.get(named, named)
    named = "revenue" if why.startswith(("It reaches", "It moves")) else named
    asked = ["filtered_above"] if "a metric above it" in why else metrics
    asked = ["rate_before"] if "conversion metric" in why else asked
    assert refused(project, asked, grain, dimensions, more) == CAN_HAVE.format(
        grain, named, why, instead
    )
