"""The whole way: a dbt project that dbt itself parses, and its metrics."""

from __future__ import annotations

import copy
import dataclasses
import json

import pytest
from click.testing import CliRunner

from entity_kit.cli.metrics import metrics as metrics_command
from entity_kit.cli.parsed import parse_project
from entity_kit.project_health.metrics.meaning import Meanings
from entity_kit.project_health.metrics.reading import read_metrics
from support.metric_manifest import SPEC, as_yaml, manifest
from support.repository import commit, git


@pytest.fixture(scope="module")
def parsed(project):
    return parse_project(project, project, None, "{}", None)[0]


def test_dbt_makes_of_the_example_what_the_other_tests_assume(parsed):
    real, ours = read_metrics(parsed), read_metrics(manifest())
    assert real.time_spines == ("model.shop.days",)
    assert dataclasses.replace(real, time_spines=()) == ours
    assert {name: Meanings(real).identity(name) for name in real.metrics} == {
        name: Meanings(ours).identity(name) for name in ours.metrics
    }


def test_the_command_reads_the_project(project):
    words = ["--project-dir", str(project), "--profiles-dir", str(project), "--format", "json"]
    result = CliRunner().invoke(metrics_command, words)
    found = json.loads(result.stdout)["metrics"]
    assert [each["name"] for each in found] == sorted(read_metrics(manifest()).metrics)


def test_a_change_since_a_revision(project):
    git(project.parent, "init", "-q")
    commit(project.parent)
    spec = copy.deepcopy(SPEC)
    spec["metrics"][2]["filter"] = "{{ Dimension('order__status') }} = 'done'"
    before = (project / "models" / "metrics.yml").read_text()
    (project / "models" / "metrics.yml").write_text(as_yaml(spec))
    words = ["--project-dir", str(project), "--profiles-dir", str(project)]
    result = CliRunner().invoke(metrics_command, [*words, "--diff", "HEAD", "--format", "json"])
    (project / "models" / "metrics.yml").write_text(before)
    changes = json.loads(result.stdout)["changes"]
    assert result.exit_code == 1
    assert {each["metric"] for each in changes} == {"orders", "average_order_value"}
