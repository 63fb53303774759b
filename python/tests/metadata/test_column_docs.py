"""`entity-kit check --column-docs`: what measures say about their columns gets into the YAML."""

from __future__ import annotations

import json

import pytest
import yaml
from click.testing import CliRunner

from entity_kit.cli.check import check
from entity_kit.errors import EntityKitError
from entity_kit.project_health.column_docs import find_gaps, make_changes


def manifest(columns=None, described=None, metrics=(), **more):
    meta = {"entity_kit_columns": described or {}}
    if metrics:
        meta["entity_kit_metric_table"] = {"metrics": [each["name"] for each in metrics]}
    node = {
        "resource_type": "model",
        "package_name": "shop",
        "unique_id": "model.shop.daily",
        "name": "daily",
        "original_file_path": "models/daily.sql",
        "patch_path": "shop://models/schema.yml",
        "columns": {name: {"description": text} for name, text in (columns or {}).items()},
        "config": {"meta": meta},
        **more,
    }
    return {
        "metadata": {"project_name": "shop"},
        "nodes": {node["unique_id"]: node},
        "metrics": {f"metric.shop.{each['name']}": each for each in metrics},
    }


def test_what_the_yaml_lacks():
    gaps = find_gaps(
        manifest(
            {"REVENUE": "Net.\n", "orders": "", "buyers": "People"},
            {"revenue": "Net.", "orders": "Orders", '"Seven Days"': "Week", "buyers": "Customers"},
        )
    )
    assert [gap.reason for gap in gaps] == [
        "orders has a description in the model, and none in models/schema.yml",
        "Seven Days has a description in the model, and none in models/schema.yml",
        "buyers is described as 'People' in models/schema.yml, and as 'Customers' in the model: remove the wrong one, or make them equal",
    ]


def test_a_metric_table_has_the_descriptions_of_its_metrics():
    metrics = [{"name": "revenue", "description": "Net"}, {"name": "silent", "description": ""}]
    assert [gap.entry for gap in find_gaps(manifest(metrics=metrics))] == [
        {"name": "revenue", "description": "Net"}
    ]


def test_models_of_packages_are_theirs():
    assert find_gaps(manifest(described={"revenue": "Net"}, package_name="other")) == []


@pytest.mark.parametrize(
    ("more", "text", "said"),
    [
        ({"version": 2}, "models: [{name: daily}]", "has versions"),
        ({"patch_path": None}, "models: []", "doesn't describe daily"),
        ({"patch_path": None, "described": {"a": "{{ b }}"}}, None, "braces"),
    ],
)
def test_what_is_left_to_the_reader(more, text, said):
    gaps = find_gaps(manifest(**{"described": {"revenue": "Net"}, **more}))
    changes = make_changes(gaps, lambda _: text)
    assert changes.changed == []
    (left,) = changes.left
    assert said in left
    assert "columns:" in left


def test_a_description_that_differs_is_never_replaced():
    gaps = find_gaps(manifest({"revenue": "Gross"}, {"revenue": "Net"}))
    assert make_changes(gaps, lambda _: "models: [{name: daily}]").changed == []


MODELS = {
    "events.sql": "select 'a' as customer, 1 as id, timestamp '2026-01-01 10:00' as at, 5 as amount",
    "daily.sql": """{{ entity_kit.grain_table('day', 'customer', ref('events'), 'at', 'at',
        measures=[{'name': 'revenue', 'calculation': 'sum(amount)', 'description': "What's paid"}],
        trailing=[{'name': '"A Week"', 'calculation': 'sum(amount)', 'periods': 7, 'description': 'Of 7 days'}],
        model_config={'meta': {'owner': 'finance'}}) }}""",
    "monthly.sql": """{{ entity_kit.grain_rollup(ref('daily'), 'month', [
        {'name': 'revenue', 'calculation': 'sum(amount)', 'description': 'By month'}]) }}""",
    "people.sql": """{{ entity_kit.entity_model(ref('events'), 'customer', 'at', 'at', attributes=[], metrics=[
        {'name': 'orders', 'calculation': 'count(*)', 'description': 'Orders'}]) }}""",
    "process.sql": """{{ entity_kit.accumulating_snapshot(ref('events'), 'customer', 'at', 'at',
        milestones=[{'name': 'first_at', 'when': 'true', 'description': 'First'}, {'name': 'paid_at', 'when': 'true'}],
        lags=[{'name': 'wait', 'from': 'first_at', 'to': 'paid_at', 'description': 'Seconds'}]) }}""",
    "visits.sql": """{{ entity_kit.sessions(ref('events'), 'customer', 'at', 'at', measures=[
        {'name': 'pages', 'calculation': 'count(*)', 'description': 'Pages'}]) }}""",
    "schema.yml": """models:
  - name: daily
    description: Days
    columns:
      - name: customer   # who
  - {name: people}
""",
}
SAID = {
    "daily": {"revenue": "What's paid", "A Week": "Of 7 days"},
    "monthly": {"revenue": "By month"},
    "people": {"orders": "Orders"},
    "process": {"first_at": "First", "wait": "Seconds"},
    "visits": {"pages": "Pages"},
}


@pytest.mark.slow
def test_every_description_gets_into_the_yaml_and_then_into_the_manifest(make_project):
    project = make_project(MODELS)
    folder = str(project.folder)

    def command(*words):
        words = ["--project-dir", folder, "--profiles-dir", folder, "--column-docs", *words]
        result = CliRunner().invoke(check, words, catch_exceptions=False)
        return result.exit_code, result.stdout

    code, said = command()
    assert code == 1
    assert said.endswith("\n7 findings.\n")
    assert "+++ b/models/schema.yml\n" in said
    assert (project.folder / "models" / "schema.yml").read_text("utf-8") == MODELS["schema.yml"]

    assert command("--write", "--select", "daily")[0] == 0
    text = (project.folder / "models" / "schema.yml").read_text("utf-8")
    assert "      - name: customer   # who\n" in text
    described = yaml.safe_load(text)["models"][0]["columns"][1:]
    assert {each["name"]: each["description"] for each in described} == SAID["daily"]
    assert described[1]["quote"] is True

    assert command("--write")[0] == 0
    code, said = command("--format", "json")
    assert (code, json.loads(said)["new"]) == (0, 0)

    nodes = project.manifest().nodes
    shown = {
        node.name: {
            name: column.description for name, column in node.columns.items() if column.description
        }
        for node in nodes.values()
        if node.name in SAID
    }
    assert shown == SAID
    assert nodes["model.consumer.daily"].config.meta["owner"] == "finance"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--write"], "--write is about --column-docs"),
        (["--column-docs", "--contracts", "HEAD"], "has no baseline, and no --contracts"),
    ],
)
def test_wrong_options(words, said):
    with pytest.raises(EntityKitError, match=said):
        CliRunner().invoke(check, words, catch_exceptions=False)
