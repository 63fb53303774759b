"""`entity-kit metrics`: the catalog, and what a metric's `config.meta.entity_kit` may say."""

from __future__ import annotations

import copy
import json

import pytest
from click.testing import CliRunner

from entity_kit.cli import metrics as module
from entity_kit.cli.commands import cli
from entity_kit.errors import EntityKitError
from entity_kit.project_health.metrics.reading import read_metrics
from support.metric_manifest import SPEC, manifest

GOVERNED = {
    "business_owner": "Finance [EMEA]",
    "technical_owner": "data@shop",
    "category": "Sales",
    "version": 3,
    "certified": {"by": "cfo", "date": "2026-02-01"},
    "synonyms": ["turnover"],
    "materialized_in": {"model": "mart", "column": "revenue", "grain": "day"},
}


def with_meta(meta, name="revenue"):
    spec = copy.deepcopy(SPEC)
    next(m for m in spec["metrics"] if m["name"] == name)["config"] = {"meta": {"entity_kit": meta}}
    return spec


def test_the_catalog_in_the_terminal(command):
    code, lines = command(manifest(with_meta(GOVERNED)))
    cells = [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in lines]
    found = {line[0]: line[1:] for line in cells}
    assert code == 0
    assert found["revenue"] == [
        *("simple", "sum(amount)", "Finance [EMEA], data@shop", "Sales", "3"),
        *("certified 2026-02-01 by cfo", "metric average_order_value, metric growth"),
    ]
    said = {name: line[1] for name, line in found.items() if name != "metric"}
    assert said == {
        "revenue": "sum(amount)",
        "orders": "count(order_id)",
        "average_order_value": "revenue / orders",
        "growth": "(revenue / (revenue 1 month earlier)) - 1",
        "weekly_buyers": "count_distinct(customer_id) over 7 days",
        "gold_revenue": "sum(amount) where {{ Dimension('customer__tier') }} = 'gold' "
        "and {{ Dimension('order__is_big') }}",
    }


def test_select_and_json(command):
    users = {"exposures": [{"name": "board", "metrics": ["revenue"]}]}
    found = manifest(with_meta(GOVERNED), **users)
    code, lines = command(found, "--select", "revenue", "--format", "json", "--as-of", "2026-03-01")
    [metric] = json.loads("\n".join(lines))["metrics"]
    assert code == 0
    assert metric["used_by"][-1] == {"kind": "exposure", "name": "board"}
    assert metric["models"] == ["model.shop.fct_orders"]
    assert metric["definition"] == {
        "type": "simple",
        "aggregation": "sum",
        "expression": "amount",
        "model": "fct_orders",
        "time dimension": "ordered_at by day",
    }
    assert {key: metric[key] for key in GOVERNED} == GOVERNED
    with pytest.raises(EntityKitError, match=r"There is no metric revenu\.\nClosest: revenue"):
        command(found, "--select", "revenu")


def test_markdown_is_escaped(command):
    found = manifest(with_meta({"business_owner": "a|b<c>", "deprecation_date": "2026-01-01"}))
    _, lines = command(found, "--format", "markdown", "--select", "revenue")
    assert lines[0].startswith("| metric | type |")
    assert "a&#124;b&#60;c&#62;" in lines[2]
    assert "deprecated 2026-01-01" in lines[2]


def test_a_project_without_metrics(command):
    empty = manifest({"semantic_models": [], "metrics": []})
    assert command(empty) == (0, ["The project defines no metrics."])


@pytest.mark.parametrize(
    ("meta", "message"),
    [
        ({"verison": 2}, r"got `verison`\.\nClosest: version\."),
        ({"version": "2"}, r"\.version must be a whole number from 1; got '2'\.\nWrite version: 1\."),
        ({"version": 0}, r"\.version must be a whole number from 1; got 0\."),
        ({"version": True}, r"\.version must be a whole number from 1; got True\."),
        ({"certified": True}, r"\.certified must be a mapping; got True\.\nIt may have by, date\."),
        ({"certified": {"by": "cfo"}}, r"\.certified must be a mapping of by, date"),
        ({"certified": {"by": "cfo", "date": "soon"}}, r"\.certified\.date must be a date"),
        ({"certified": {"by": "cfo", "dat": "x"}}, r"`dat`\.\nClosest: date\."),
        ({"business_owner": ["a"]}, r"\.business_owner must be a text; got \['a'\]"),
        ({"deprecation_date": "2026-13-01"}, r"\.deprecation_date must be a date"),
        ({"synonyms": "turnover"}, r"\.synonyms must be a list of texts; got 'turnover'"),
        ({"filters_differ": "yes"}, r"\.filters_differ must be true or false; got 'yes'"),
        ({"materialized_in": {"model": "m"}}, r"\.materialized_in must be a mapping of model,"),
        ("Finance", r"config\.meta\.entity_kit must be a mapping; got 'Finance'"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused_where_it_was_written(meta, message):
    with pytest.raises(EntityKitError, match=message) as refused:
        read_metrics(manifest(with_meta(meta)))
    where = "models/metrics.yml: metric revenue: config.meta.entity_kit"
    assert str(refused.value).startswith(where)


def test_filters_and_balances_in_words(command):
    spec = copy.deepcopy(SPEC)
    big = "{{ Dimension('order__is_big') }}"
    spec["metrics"][0].update(
        type_params={"measure": {"name": "amount", "filter": big}},
        filter="{{ Entity('order') }} > 1",
    )
    balance = {"name": "ordered_at", "window_choice": "max", "window_groupings": ["customer"]}
    spec["semantic_models"][0]["measures"][1]["non_additive_dimension"] = balance
    spec["metrics"][3]["type_params"]["numerator"] = {"name": "revenue", "filter": big}
    earlier = [{"name": "orders", "alias": "o", "offset_to_grain": "month"}]
    spec["metrics"].append(
        {"name": "opening", "type": "derived", "type_params": {"expr": "o", "metrics": earlier}}
    )
    _, lines = command(manifest(spec), "--format", "json")
    said = {each["name"]: each["computed_as"] for each in json.loads("\n".join(lines))["metrics"]}
    assert said["revenue"] == f"sum(amount) where 1 < {{{{ Entity('order') }}}} and {big}"
    assert said["orders"] == "count(order_id) at the max of ordered_at"
    assert said["average_order_value"] == f"(revenue where {big}) / orders"
    assert said["opening"] == "(orders at the start of the month)"


def test_models_that_a_file_selects_are_no_metrics(monkeypatch, tmp_path):
    monkeypatch.setattr(module, "parse_project", lambda *_: (manifest(), None))
    (tmp_path / "entity_kit.toml").write_text("select = ['fct_orders']")
    result = CliRunner().invoke(cli, ["metrics", "--project-dir", str(tmp_path)])
    assert result.exception is None
    assert "average_order_value" in result.stdout
