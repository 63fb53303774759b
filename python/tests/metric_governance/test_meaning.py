"""A metric's identity: what it means counts, and how it is written doesn't."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entity_kit.errors import EntityKitError
from entity_kit.project_health.metrics.meaning import Meanings
from entity_kit.project_health.metrics.reading import read_metrics
from entity_kit.project_health.metrics.sql_form import expression_form, filter_forms
from support.metric_manifest import SPEC, manifest


def identities(spec=SPEC, adapter="duckdb"):
    metrics = read_metrics(manifest(spec, adapter=adapter))
    meanings = Meanings(metrics)
    return {name: meanings.identity(name) for name in metrics.metrics}


def changed(*steps):
    """Return the example with one value replaced: the path to it, then the value."""
    *path, last, value = steps
    spec = copy.deepcopy(SPEC)
    place = spec
    for step in path:
        place = place[step]
    place[last] = value
    return spec


def metric(name, **more):
    spec = copy.deepcopy(SPEC)
    found = next(each for each in spec["metrics"] if each["name"] == name)
    found.update(more)
    return spec


BEFORE = identities()
NAMES = [each["name"] for each in SPEC["metrics"]]
GOLD = "{{ Dimension('customer__tier') }} = 'gold'"
BIG = "{{ Dimension('order__is_big') }}"
REVENUE = {"revenue", "gold_revenue", "average_order_value", "growth"}


def test_the_examples_all_mean_different_things():
    assert len(set(BEFORE.values())) == len(BEFORE) == len(NAMES)


@pytest.mark.parametrize(
    ("spec", "affected"),
    [
        (changed("semantic_models", 0, "measures", 0, "agg", "max"), REVENUE),
        (changed("semantic_models", 0, "measures", 0, "expr", "amount * 2"), REVENUE),
        (changed("semantic_models", 0, "measures", 0, "agg_time_dimension", "status"), REVENUE),
        (
            changed("semantic_models", 0, "measures", 0, "non_additive_dimension", {"name": "x"}),
            REVENUE,
        ),
        (changed("semantic_models", 0, "measures", 0, "agg_params", {"percentile": 0.1}), REVENUE),
        (changed("semantic_models", 0, "model", "fct_sales"), set(NAMES)),
        (changed("semantic_models", 0, "defaults", "agg_time_dimension", "status"), set(NAMES)),
        (changed("semantic_models", 0, "dimensions", 0, "expr", "paid_at"), set(NAMES)),
        (
            changed(
                "semantic_models", 0, "dimensions", 0, "type_params", "time_granularity", "hour"
            ),
            set(NAMES),
        ),
        (changed("semantic_models", 0, "dimensions", 2, "expr", "amount > 10"), {"gold_revenue"}),
        (changed("semantic_models", 1, "dimensions", 0, "expr", "old_tier"), {"gold_revenue"}),
        (metric("gold_revenue", filter=GOLD), {"gold_revenue"}),
        (metric("gold_revenue", filter=f"{GOLD} or {BIG}"), {"gold_revenue"}),
        (
            metric("orders", type_params={"measure": {"name": "order_count", "filter": GOLD}}),
            {"orders", "average_order_value"},
        ),
        (
            metric(
                "orders", type_params={"measure": {"name": "order_count", "fill_nulls_with": 0}}
            ),
            {"orders", "average_order_value"},
        ),
        (
            metric(
                "orders",
                type_params={"measure": {"name": "order_count", "join_to_timespine": True}},
            ),
            {"orders", "average_order_value"},
        ),
        (
            changed("metrics", 4, "type_params", "metrics", 1, "offset_window", "2 month"),
            {"growth"},
        ),
        (changed("metrics", 4, "type_params", "metrics", 1, "filter", GOLD), {"growth"}),
        (changed("metrics", 4, "type_params", "expr", "before / now - 1"), {"growth"}),
        (
            changed("metrics", 5, "type_params", "cumulative_type_params", {"window": "8 days"}),
            {"weekly_buyers"},
        ),
        (
            changed(
                "metrics", 5, "type_params", "cumulative_type_params", {"grain_to_date": "month"}
            ),
            {"weekly_buyers"},
        ),
        (
            changed("metrics", 3, "type_params", {"numerator": "orders", "denominator": "revenue"}),
            {"average_order_value"},
        ),
    ],
)
def test_each_ingredient_counts_and_reaches_what_is_built_on_it(spec, affected):
    after = identities(spec)
    assert {name for name in NAMES if after[name] != BEFORE[name]} == affected


@pytest.mark.parametrize(
    "spec",
    [
        metric("revenue", label="Turnover", description="All of it"),
        metric("gold_revenue", filter=f"( {BIG} )  AND\n{GOLD}"),
        metric("gold_revenue", filter=[BIG, GOLD]),
        metric("gold_revenue", filter=f"'gold' = {GOLD.partition(' =')[0]} and {BIG} and {BIG}"),
        metric(
            "gold_revenue",
            filter=BIG,
            type_params={"measure": {"name": "amount", "filter": GOLD.replace("'customer", '"customer').replace("tier'", 'tier"')}},
        ),
        changed("semantic_models", 0, "measures", 0, "expr", '( "amount" )'),
        changed("semantic_models", 0, "measures", 0, "description", "In euros"),
        changed("semantic_models", 0, "dimensions", 2, "expr", "100 < AMOUNT"),
        changed("metrics", 4, "type_params", "expr", "( (now) / before) - 1 -- growth"),
        changed(
            "metrics",
            4,
            "type_params",
            {
                "expr": "a / b - 1",
                "metrics": [
                    {"name": "revenue", "alias": "b", "offset_window": "1 month"},
                    {"name": "revenue", "alias": "a"},
                ],
            },
        ),
    ],
)  # fmt: skip
def test_how_it_is_written_does_not_count(spec):
    assert identities(spec) == BEFORE


def test_a_filter_of_a_ratio_means_a_filter_of_its_parts():
    parts = {
        "numerator": {"name": "revenue", "filter": GOLD},
        "denominator": {"name": "orders", "filter": GOLD},
    }
    whole = identities(metric("average_order_value", filter=GOLD))
    assert whole == identities(metric("average_order_value", type_params=parts))
    assert whole != BEFORE


def test_a_filter_after_an_offset_is_not_one_before_it():
    after = metric("growth", filter=GOLD)
    before = copy.deepcopy(SPEC)
    for each in before["metrics"][4]["type_params"]["metrics"]:
        each["filter"] = GOLD
    assert identities(after)["growth"] != identities(before)["growth"]


def test_a_metric_of_the_newer_spec_means_the_same():
    found = manifest()
    own = found["metrics"]["metric.shop.revenue"]
    own["type_params"] = {
        "metric_aggregation_params": {
            "semantic_model": "orders",
            "agg": "sum",
            "expr": "amount",
            "agg_time_dimension": "ordered_at",
        }
    }
    assert Meanings(read_metrics(found)).identity("revenue") == BEFORE["revenue"]


def test_names_that_need_quotes_keep_them():
    spaces = changed("semantic_models", 0, "measures", 0, "expr", '"net ""x"" amount"')
    assert identities(spaces)["revenue"] != BEFORE["revenue"]
    assert expression_form('"net ""x"" amount"', "duckdb").columns == ('net "x" amount',)
    # Snowflake's names in quotes are other names, DuckDB's aren't.
    quoted = changed("semantic_models", 0, "measures", 0, "expr", '"amount"')
    assert identities(quoted, "snowflake") != identities(SPEC, "snowflake")


def test_a_circle_and_a_missing_metric_are_refused():
    circle = changed("metrics", 3, "type_params", "numerator", "average_order_value")
    with pytest.raises(EntityKitError, match="average_order_value → average_order_value"):
        identities(circle)
    missing = changed("metrics", 3, "type_params", "numerator", "revenu")
    with pytest.raises(EntityKitError, match=r"metric revenu, which doesn't exist.*\n.*revenue"):
        identities(missing)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("{{ TimeDimension('order__ordered_at', 'day') }}", "{{Dimension('order__ordered_at').grain('DAY')}}"),
        ("{{ TimeDimension('order__ordered_at__day') }}", "{{ TimeDimension('order__ordered_at', time_granularity_name='day') }}"),
        ("{{ Dimension('b__c', entity_path=['a']) }}", '{{ Dimension("a__b__c") }}'),
        ("{{ Dimension('metric_time') }}", "{{ TimeDimension('metric_time') }}"),
    ],
)  # fmt: skip
def test_two_ways_to_name_a_dimension(one, other):
    assert filter_forms(f"{one} > '2024'", "duckdb") == filter_forms(f"'2024' < {other}", "duckdb")


def test_what_cannot_be_read_keeps_its_words():
    assert filter_forms("{{ var('x') }}  =\n1", "duckdb")[0].text == "{{ var('x') }} = 1"
    form = expression_form("sum((", "duckdb")
    assert (form.text, form.readable) == ("sum((", False)


# Expressions as trees; each is written in two ways that mean the same.
LEAVES = st.sampled_from(["a", "b", "c", "1", "'x'"])
TREES = st.recursive(
    LEAVES,
    lambda inner: st.tuples(st.sampled_from(["and", "or", "=", "<", "+", "*", "-", "/"]), inner, inner),
    max_leaves=8,
)  # fmt: skip


def plainly(tree):
    if isinstance(tree, str):
        return tree
    operator, left, right = tree
    return f"({plainly(left)} {operator} {plainly(right)})"


def otherwise(tree, draw):
    if isinstance(tree, str):
        return draw(st.sampled_from([tree, f"( {tree} )", f'"{tree}"' if tree.isalpha() else tree]))
    operator, left, right = tree[0], otherwise(tree[1], draw), otherwise(tree[2], draw)
    if operator in {"and", "or", "=", "+", "*"} and draw(st.booleans()):
        left, right = right, left
    if operator == "<" and draw(st.booleans()):
        operator, left, right = ">", right, left
    space = draw(st.sampled_from([" ", "\n", "  /* as it is */ "]))
    return f"({left}{space}{operator.upper()}{space}{right})"


def flat(tree):
    """Return what a tree means, by the laws that the normal form knows, and no others."""
    if isinstance(tree, str):
        return tree
    operator, left, right = tree[0], flat(tree[1]), flat(tree[2])
    if operator in {"and", "or"}:
        parts = set()
        for side in (left, right):
            same = isinstance(side, tuple) and side[0] == operator
            parts |= side[1] if same else {side}
        return (operator, frozenset(parts)) if len(parts) > 1 else next(iter(parts))
    if operator in {"=", "+", "*"}:
        return (operator, tuple(sorted((left, right), key=repr)))
    return (operator, (left, right))


@settings(max_examples=150, deadline=None)
@given(tree=TREES, data=st.data())
def test_another_way_to_write_it_changes_nothing(tree, data):
    form = expression_form(plainly(tree), "duckdb")
    assert form.text == expression_form(otherwise(tree, data.draw), "duckdb").text
    # The normal form is a fixed point, and is SQL that means itself.
    assert expression_form(form.text, "duckdb").text == form.text


@settings(max_examples=150, deadline=None)
@given(one=TREES, other=TREES)
def test_another_tree_is_another_text(one, other):
    same = (
        expression_form(plainly(one), "duckdb").text
        == expression_form(plainly(other), "duckdb").text
    )
    if same:
        assert canonical(flat(one)) == canonical(flat(other))


def canonical(value):
    if isinstance(value, frozenset):
        return sorted((canonical(each) for each in value), key=repr)
    if isinstance(value, tuple):
        operator, parts = value
        inner = (
            [canonical(each) for each in parts] if isinstance(parts, tuple) else canonical(parts)
        )
        return [operator, sorted(inner, key=repr) if operator in {"=", "+", "*"} else inner]
    return value


def with_metric(**more):
    spec = copy.deepcopy(SPEC)
    spec["metrics"].append({"name": "one", **more})
    return identities(spec)["one"]


def earlier(**more):
    inputs = [{"name": "revenue", "alias": "r", "offset_window": "1 month"}]
    return with_metric(type="derived", type_params={"expr": "r + 0", "metrics": inputs}, **more)


def test_a_filter_above_an_offset_counts():
    assert earlier(filter=GOLD) != earlier()
    assert earlier(filter=f"({GOLD})") == earlier(filter=GOLD)


def test_a_median_is_a_percentile():
    def measure(**more):
        return identities(changed("semantic_models", 0, "measures", 0, {"name": "amount", **more}))[
            "revenue"
        ]

    half = {"agg": "percentile", "agg_params": {"percentile": 0.5}}
    assert measure(agg="median") == measure(**half)
    discrete = {"percentile": 0.5, "use_discrete_percentile": True}
    assert measure(agg="median") != measure(agg="percentile", agg_params=discrete)


def conversion(filter_of_metric=None, **more):
    given = {
        "base_measure": "order_count",
        "conversion_measure": "buyers",
        "entity": "customer",
        "window": "7 days",
        **more,
    }
    return with_metric(
        type="conversion", type_params={"conversion_type_params": given}, filter=filter_of_metric
    )


def test_conversions():
    others = [
        {"base_measure": "buyers"},
        {"conversion_measure": "order_count"},
        {"entity": "order"},
        {"window": "8 days"},
        {"calculation": "conversions"},
        {"constant_properties": [{"base_property": "status", "conversion_property": "status"}]},
        {"base_measure": {"name": "order_count", "filter": GOLD}},
        {"conversion_measure": {"name": "buyers", "filter": GOLD}},
    ]
    found = [conversion(), *(conversion(**each) for each in others)]
    assert len(set(found)) == len(found)
    # MetricFlow applies the metric's own filter to the base.
    filtered = {"name": "order_count", "filter": GOLD}
    assert conversion(GOLD) == conversion(base_measure=filtered)


def test_the_definition_of_a_conversions_entity_counts():
    def rate(expr):
        spec = copy.deepcopy(SPEC)
        spec["semantic_models"][0]["entities"][1]["expr"] = expr
        given = {
            "base_measure": "order_count",
            "conversion_measure": "buyers",
            "entity": "customer",
        }
        spec["metrics"].append(
            {"name": "one", "type": "conversion", "type_params": {"conversion_type_params": given}}
        )
        return identities(spec)["one"]

    assert rate("customer_id") == rate(' "customer_id"') != rate("person_id")
