"""What the shell offers after Tab; the project's warehouse isn't there."""

from __future__ import annotations

import click.testing
import pytest

from entity_kit.cli import commands


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    (folder / "dbt_project.yml").write_text("{name: p, model-paths: [models, more]}")
    for name in (
        "models/orders.sql",
        "models/marts/orders_daily.py",
        "more/other.sql",
        "more/orders.yml",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("")
    return folder


def offered(*words):
    """Return what is offered for the last of these words."""
    environment = {
        "COMP_WORDS": " ".join(["entity-kit", *words]),
        "COMP_CWORD": str(len(words)),
        "_ENTITY_KIT_COMPLETE": "bash_complete",
    }
    runner = click.testing.CliRunner(env=environment)
    result = runner.invoke(commands.cli, [], prog_name="entity-kit")
    return [line.removeprefix("plain,") for line in result.output.split()]


def test_models_by_their_files(folder):
    project = ("verify", "--project-dir", str(folder))
    assert offered(*project, "--select", "ord") == ["orders", "orders_daily"]
    assert offered(*project, "--exclude", "oth") == ["other"]
    assert offered("lookback", "--project-dir", str(folder), "orders_") == ["orders_daily"]


def test_nothing_outside_of_a_project(tmp_path):
    assert offered("verify", "--project-dir", str(tmp_path), "--select", "o") == []


def test_schedules_go_on_after_a_comma():
    assert offered("verify", "--schedules", "sp") == ["split_batches"]
    assert offered("verify", "--schedules", "arrival,late,ga") == ["arrival,late,gap"]
    assert offered("verify", "--schedules", "arrival,arr") == []


def test_causes_have_pages():
    assert offered("explain", "null-w") == ["null-watermark"]


def test_metrics_by_their_yaml(tmp_path):
    (tmp_path / "dbt_project.yml").write_text("{name: p}")
    (tmp_path / "models").mkdir()
    files = {
        "a.yml": "metrics: [{name: revenue}, {name: orders}]",
        "b.yaml": "models: [{name: m, metrics: [{name: returns}]}]",
        "c.yml": "metrics: [{name: ret",
        "d.yml": "metrics: {}",
        "e.yml": "models: [{name: rel}]",
    }
    for name, text in files.items():
        (tmp_path / "models" / name).write_text(text)
    project = ("metrics", "--project-dir", str(tmp_path))
    assert offered(*project, "--select", "re") == ["returns", "revenue"]
    assert offered("metrics", "--select", "re") == []
