"""The package installs with `dbt deps` from a local folder, and brings nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.slow

PACKAGE = Path(__file__).resolve().parents[3]


def test_dbt_deps_and_a_model_that_uses_it(make_project):
    project = make_project(
        {
            "keyed.sql": "select {{ entity_kit.hashdiff('a') }} as unit_key from (select 1 as a) as t"
        },
    )
    installed = project.folder / "dbt_packages"
    (installed / "entity_kit").unlink()
    installed.rmdir()
    project.run_bare("deps")
    assert [path.name for path in installed.iterdir()] == ["entity_kit"]
    project.run("run")
    assert len(project.query("select unit_key from keyed")[0][0]) == 32


def test_nothing_is_required_from_the_hub():
    packages = yaml.safe_load((PACKAGE / "packages.yml").read_text("utf-8"))
    assert packages == {"packages": []}
