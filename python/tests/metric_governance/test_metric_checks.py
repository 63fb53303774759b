"""`entity-kit metrics --check`: each rule finds what breaks it, and nothing in a project that is right."""

from __future__ import annotations

import copy
import json

import duckdb
import pytest

from entity_kit.errors import EntityKitError
from support.metric_manifest import SPEC, manifest, model

TODAY = "2026-06-01"
GOLD = "{{ Dimension('customer__tier') }} = 'gold'"
MODELS = {
    "fct_orders": model(
        "select order_id, customer_id, amount, status, ordered_at from {{ ref('raw') }}"
    ),
    "dim_customers": model("select customer_id, tier from {{ ref('raw') }}"),
    "raw": model("select 1 as one"),
    "days": {"time_spine": {"standard_granularity_column": "day"}},
}


def governed(spec=SPEC):
    """Return the example with owners and descriptions, which breaks no rule."""
    spec = copy.deepcopy(spec)
    for metric in spec["metrics"]:
        metric.setdefault("description", f"The {metric['name']}.")
        metric.setdefault("config", {"meta": {"entity_kit": {"business_owner": "Finance"}}})
    return spec


def changed(name=None, meta=None, **more):
    """Return the example with one metric changed; `meta` is added to its `config.meta.entity_kit`."""
    spec = governed()
    for metric in spec["metrics"]:
        if metric["name"] == name:
            metric.update(more)
            metric["config"]["meta"]["entity_kit"].update(meta or {})
    return spec


def added(name, **more):
    spec = copy.deepcopy(SPEC)
    spec["metrics"].append({"name": name, **more})
    return governed(spec)


def semantic(number, **more):
    spec = governed()
    spec["semantic_models"][number].update(more)
    return spec


@pytest.fixture
def check(command):
    def run(spec=None, *words, models=MODELS, before=None, **more):
        found = manifest(governed() if spec is None else spec, models=models, **more)
        old = None if before is None else manifest(before, models=MODELS)
        return command(found, "--check", "--as-of", TODAY, *words, before=old)

    run.over = lambda found, *words: command(found, "--check", "--as-of", TODAY, *words)
    return run


@pytest.fixture
def findings(check):
    """Return the findings as (name, rule, reason), without the closing line."""

    def run(spec=None, *words, **more):
        code, lines = check(spec, *words, "--format", "json", **more)
        found = json.loads("\n".join(lines))["findings"]
        assert code == (1 if found else 0)
        return [(each["name"], each["rule"], each["reason"]) for each in found]

    return run


def test_what_is_right_has_no_findings(check):
    assert check() == (0, ["0 findings."])


def test_owner_and_description(findings):
    spec = changed("orders", description="")
    spec["metrics"][2]["config"]["meta"]["entity_kit"] = {}
    assert findings(spec) == [
        ("orders", "description", "it has no description"),
        ("orders", "owner", "it has no owner; set business_owner or technical_owner"),
    ]


def test_two_metrics_that_mean_the_same(findings):
    turnover = {
        "type": "derived",
        "type_params": {"expr": "r", "metrics": [{"name": "revenue", "alias": "r"}]},
    }
    said = "it means the same as revenue; keep one, or name it as the other's replacement"
    assert findings(added("turnover", **turnover)) == [("turnover", "same_meaning", said)]
    # One of them leaves, and the other replaces it.
    leaving = {"meta": {"entity_kit": {"business_owner": "a", "replacement": "revenue"}}}
    assert findings(added("turnover", config=leaving, **turnover)) == []


def test_one_name_with_two_definitions(findings):
    assert findings(changed("orders", {"synonyms": ["Gold  Revenue"]})) == [
        (
            "orders",
            "same_name",
            "`gold revenue` also stands for gold_revenue, which means something else",
        )
    ]
    assert findings(changed("orders", label="REVENUE")) == [
        ("revenue", "same_name", "`revenue` also stands for orders, which means something else")
    ]


def test_a_ratio_whose_parts_filter_differently(findings):
    parts = {"numerator": "gold_revenue", "denominator": {"name": "orders", "filter": GOLD}}
    reason = "only its numerator has {{ Dimension('order__is_big') }}; if that is meant, set filters_differ: true"
    found = changed("average_order_value", type_params=parts)
    assert findings(found) == [("average_order_value", "ratio_filters", reason)]
    said = changed("average_order_value", {"filters_differ": True}, type_params=parts)
    assert findings(said) == []


def test_what_is_deprecated(findings):
    column = {"tier": {"config": {"meta": {"entity_kit": {"deprecation_date": "2026-05-01"}}}}}
    mark = {
        "deprecation_date": "2026-05-01",
        "sunset_date": "2027-01-01",
        "replacement": "fct_sales",
    }
    models = {
        **MODELS,
        "fct_orders": {
            **MODELS["fct_orders"],
            "config": {"meta": {"entity_kit_deprecation": mark}},
        },
        "dim_customers": {**MODELS["dim_customers"], "columns": column},
    }
    found = findings(models=models)
    gone = "model fct_orders has been deprecated since 2026-05-01; use fct_sales"
    assert [each for each in found if each[2] != gone] == [
        (
            "gold_revenue",
            "deprecated",
            "column tier of model dim_customers has been deprecated since 2026-05-01",
        )
    ]
    assert sorted(name for name, _, reason in found if reason == gone) == sorted(
        each["name"] for each in SPEC["metrics"]
    )
    later = {
        **MODELS,
        "fct_orders": {**MODELS["fct_orders"], "deprecation_date": "2026-07-01T00:00:00+00:00"},
    }
    assert findings(models=later) == []


def test_a_deprecated_metric_below(findings):
    found = changed("orders", {"deprecation_date": "2026-05-01", "replacement": "order_number"})
    assert findings(found) == [
        ("average_order_value", "deprecated", "metric orders is deprecated; use order_number")
    ]


def test_who_requires_certified_metrics(findings):
    required = {"config": {"meta": {"entity_kit": {"requires_certified": True}}}}
    users = {
        "exposures": [
            {"name": "board", "metrics": ["revenue", "orders"], **required},
            {"name": "sketch", "metrics": ["orders"]},
        ],
        "saved_queries": [{"name": "monthly", "metrics": ["orders"], **required}],
    }
    certified = changed("revenue", {"certified": {"by": "cfo", "date": "2026-01-01"}})
    reason = "it requires certified metrics, and orders isn't certified"
    assert findings(certified, **users) == [
        ("board", "requires_certified", reason),
        ("monthly", "requires_certified", reason),
    ]


def not_computable(found):
    assert {rule for _, rule, _ in found} <= {"not_computable"}
    return [(name, reason) for name, _, reason in found]


def test_an_unknown_column(findings):
    sql = "select order_id, customer_id, amont, status, ordered_at from {{ ref('raw') }}"
    models = {**MODELS, "fct_orders": model(sql)}
    said = "column amount, which model fct_orders doesn't have. Closest: amont."
    # What is computed from revenue isn't accused again; gold_revenue reads it twice, in two ways.
    assert not_computable(findings(models=models)) == [
        ("gold_revenue", f"it aggregates {said}"),
        ("gold_revenue", f"it reads {said}"),
        ("revenue", f"it aggregates {said}"),
    ]


def test_what_cannot_be_known_is_not_accused(findings):
    for sql in ("{{ my_macro() }}", "select * from elsewhere.t", "selec"):
        assert findings(models={**MODELS, "fct_orders": model(sql)}) == []
    names = ("amount", "order_count", "buyers")
    unread = [{"name": each, "agg": "sum", "expr": f"f(({each}"} for each in names]
    assert findings(semantic(0, measures=unread)) == []


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        (changed("gold_revenue", filter="{{ Dimension('customer__teir') }} = 1"),
         "its filter names dimension customer__teir, which no semantic model has. Closest: customer__tier."),
        (changed("gold_revenue", filter="{{ Dimension('costumer__tier') }} = 1"),
         "its filter names dimension costumer__tier, which no semantic model has. Closest: customer__tier."),
        (changed("gold_revenue", filter="{{ Entity('custome') }} = 1"),
         "its filter names entity custome, which no semantic model has. Closest: customer."),
        (changed("gold_revenue", filter="{{ Metric('revenu', group_by=['customer']) }} > 1"), None),
    ],
)  # fmt: skip
def test_a_filter_that_names_nothing(findings, spec, reason):
    if reason is None:
        with pytest.raises(EntityKitError, match=r"There is no metric revenu\.\nClosest: revenue"):
            findings(spec)
        return
    assert not_computable(findings(spec)) == [("gold_revenue", reason)]


def test_no_time_and_no_primary_entity(findings):
    found = not_computable(findings(semantic(0, defaults={})))
    assert (
        "revenue",
        "semantic model orders has no time dimension for amount; set defaults: {agg_time_dimension: …}",
    ) in found
    assert "average_order_value" not in {name for name, _ in found}
    found = not_computable(
        findings(semantic(0, entities=SPEC["semantic_models"][0]["entities"][1:]))
    )
    assert (
        "revenue",
        "semantic model orders has dimensions but no primary entity; give it one, or set primary_entity",
    ) in found


def test_a_missing_time_spine(findings):
    models = {name: each for name, each in MODELS.items() if name != "days"}
    said = "and the project has no time spine; see time_spine in the properties of models"
    assert not_computable(findings(models=models)) == [
        ("growth", f"it looks back in time, {said}"),
        ("weekly_buyers", f"it is cumulative, {said}"),
    ]


def test_a_changed_metric_owes_a_version_and_loses_its_certificate(findings):
    given = {"certified": {"by": "cfo", "date": "2026-01-01"}, "version": 2}
    before = changed("orders", given)
    filtered = {"measure": {"name": "order_count", "filter": GOLD}}
    found = findings(
        changed("orders", given, type_params=filtered), "--diff", "main", before=before
    )
    what = "its meaning changed (measure filter, customer__tier)"
    assert [each for each in found if each[1] != "ratio_filters"] == [
        (
            "orders",
            "certificate",
            f"{what}, so its certificate no longer holds; certify it again with a new date, or remove certified",
        ),
        (
            "average_order_value",
            "version",
            "its meaning changed (through orders), but not its version; write version: 2",
        ),
        ("orders", "version", f"{what}, but not its version; write version: 3"),
    ]
    renewed = {"certified": {"by": "cfo", "date": "2026-06-01"}, "version": 3}
    found = findings(
        changed("orders", renewed, type_params=filtered), "--diff", "main", before=before
    )
    assert [name for name, rule, _ in found if rule in {"version", "certificate"}] == [
        "average_order_value"
    ]


def test_a_change_that_only_the_log_saw(check, tmp_path):
    log = {
        "schema": "main",
        "alias": "metric_versions",
        "unique_id": "model.entity_kit.metric_versions",
    }
    models = {**MODELS, "metric_versions": {**log, "package_name": "entity_kit"}}
    found = manifest(governed(), models=models)
    found["nodes"][log["unique_id"]] = found["nodes"].pop("model.shop.metric_versions")
    before = {each: changed("orders", {"version": each}) for each in (1, 2, 3)}

    def versions(spec):
        nodes = {**manifest(spec, models=MODELS), "nodes": found["nodes"]}
        rows = json.loads("\n".join(check.over(nodes, "--format", "json")[1]))["findings"]
        return [(each["name"], each["rule"], each["reason"]) for each in rows]

    assert versions(before[1]) == []  # there is no log yet
    with duckdb.connect(str(tmp_path / "absent.duckdb")) as connection:
        connection.execute(
            "create table metric_versions as select * from (values "
            "('1', 'metric.shop.orders', timestamp '2026-01-01', 1, true), "
            "('2', 'metric.shop.orders', timestamp '2026-01-02', 2, true), "
            "('3', 'metric.shop.revenue', timestamp '2026-01-01', 1, true), "
            "('4', 'metric.shop.revenue', timestamp '2026-01-02', 1, false)) "
            "as t (log_id, unique_id, logged_at, old_version, owes_version)"
        )
    reason = "metric_versions has a change of its meaning under version 2; write version: 3"
    assert versions(before[2]) == [("orders", "version", reason)]
    assert versions(before[3]) == []


def test_text_by_rule_annotations_and_baseline(check, tmp_path):
    spec = changed("orders", description="")
    code, lines = check(spec)
    assert (code, lines) == (
        1,
        ["models/metrics.yml: orders: it has no description (description)", "1 finding."],
    )
    _, lines = check(spec, "--format", "github")
    assert lines[0].startswith("::error file=")
    said = "models/metrics.yml,title=entity-kit%3A description::orders: it has no description"
    assert lines[0].endswith(said)
    file = str(tmp_path / "known.json")
    assert check(spec, "--baseline", file, "--write-baseline")[0] == 0
    assert check(spec, "--baseline", file) == (0, ["0 findings, 1 more in the baseline."])
    assert check(None, "--baseline", file)[1] == [
        "0 findings, 1 of the baseline fixed: update the baseline."
    ]
    assert check(spec, "--select", "revenue", "--baseline", file) == (0, ["0 findings."])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--baseline", "f"], "--baseline needs --check"),
        (["--write-baseline", "--check"], "--write-baseline needs --baseline"),
        (["--write-baseline", "--check", "--baseline", "f", "-s", "orders"], "of all metrics"),
        (["--format", "github"], "--format github doesn't fit without --check"),
        (["--format", "markdown", "--check"], "--format markdown doesn't fit --check"),
        (["--check", "--baseline", "absent"], "absent isn't a baseline"),
        (["--check", "--select", "order"], r"There is no metric order\.\nClosest: orders"),
    ],
)  # fmt: skip
def test_refusals(command, words, message):
    with pytest.raises(EntityKitError, match=message):
        command(manifest(governed(), models=MODELS), *words)
