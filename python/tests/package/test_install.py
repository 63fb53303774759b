"""The package installs with `dbt deps` from a local folder, and the companion as in the README."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import venv
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.slow

PACKAGE = Path(__file__).resolve().parents[3]
README = (PACKAGE / "README.md").read_text("utf-8")


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


def test_the_readme_s_install_command_works_in_an_empty_environment(tmp_path):
    (command,) = re.findall(r"^1\. Install it: `pip (install .+?)`", README, re.MULTILINE)
    venv.create(tmp_path / "venv", with_pip=True)
    binaries = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin")

    def run(*words):
        done = subprocess.run(
            words,
            cwd=PACKAGE,
            # Most of what is installed is never imported here: no byte code of it.
            env={**os.environ, "PIP_COMPILE": "0"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run(binaries / Path(sys.executable).name, "-m", "pip", "--quiet", *shlex.split(command))
    assert "entity-kit" in run(binaries / "entity-kit", "--version")
    assert re.search(r"installed: 1\.(9|10|11)\.", run(binaries / "dbt", "--version"))
