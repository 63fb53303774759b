"""The command `metrics` over manifests that are written by hand, and one project that dbt parses."""

from __future__ import annotations

import pytest
import yaml
from click.testing import CliRunner

from entity_kit.cli import metrics as module
from entity_kit.dbt_bridge.profiles import Target
from support.metric_manifest import SPEC, as_yaml

MODELS = {
    "fct_orders": "select 1 as order_id, 2 as customer_id, 3 as amount, 'new' as status, "
    "date '2026-01-01' as ordered_at",
    "dim_customers": "select 2 as customer_id, 'gold' as tier",
    "days": "select date '2026-01-01' as day",
}


@pytest.fixture
def command(monkeypatch, tmp_path):
    """Return a function that runs the command over a manifest: its exit code, and its lines."""

    def run(manifest, *words, before=None):
        target = Target("shop", "dev", {"type": "duckdb", "path": "absent.duckdb"})
        monkeypatch.setattr(module, "parse_project", lambda *_: (manifest, target))
        monkeypatch.setattr(module, "parse_revision", lambda *_: before)
        (tmp_path / "dbt_project.yml").write_text("{name: shop, profile: shop}")
        result = CliRunner().invoke(module.metrics, ["--project-dir", str(tmp_path), *words])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.stdout.split("\n")[:-1]

    return run


@pytest.fixture(scope="session")
def project(tmp_path_factory):
    """Return a dbt project with the example's metrics."""
    folder = tmp_path_factory.mktemp("shop") / "shop"
    (folder / "models").mkdir(parents=True)
    (folder / "dbt_project.yml").write_text("{name: shop, profile: shop}")
    outputs = {"dev": {"type": "duckdb", "path": "shop.duckdb"}}
    profiles = {"shop": {"target": "dev", "outputs": outputs}}
    (folder / "profiles.yml").write_text(yaml.safe_dump(profiles))
    for name, sql in MODELS.items():
        (folder / "models" / f"{name}.sql").write_text(sql)
    (folder / "models" / "metrics.yml").write_text(as_yaml(SPEC))
    return folder
