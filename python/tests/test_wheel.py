"""What `pip install` installs: the command, and the dbt package inside the wheel."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.slow


def run(*command, cwd, **environment):
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build the wheel without an index; the build requirements are in the test extra."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    offline = ("--no-index", "--no-deps", "--no-build-isolation")
    run(*pip, "wheel", *offline, "--wheel-dir", folder, ROOT / "python", cwd=folder)
    return next(folder.glob("entity_kit-*.whl"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Install it alone into a folder that comes first on the path."""
    folder = tmp_path_factory.mktemp("installed")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    run(*pip, "install", "--no-index", "--no-deps", "--target", folder, wheel, cwd=folder)
    return folder


def consumer(folder, package):
    """Write a project with one model that calls a macro of the package."""
    (folder / "models").mkdir(parents=True)
    (folder / "models" / "keyed.sql").write_text(
        "select {{ entity_kit.generate_surrogate_key(['a']) }} as a_key from (select 1 as a) as t"
    )
    output = {"type": "duckdb", "path": str(folder / "warehouse.duckdb")}
    files = {
        "dbt_project.yml": {"name": "consumer", "version": "1.0", "profile": "consumer"},
        "packages.yml": {"packages": [package]},
        "profiles.yml": {"consumer": {"target": "dev", "outputs": {"dev": output}}},
    }
    for name, content in files.items():
        (folder / name).write_text(yaml.safe_dump(content))
    return folder


def dbt(folder, *arguments):
    program = "import sys; from dbt.cli.main import cli; cli()"
    return run(sys.executable, "-c", program, *arguments, cwd=folder, DBT_PROFILES_DIR=str(folder))


def test_the_wheel_holds_the_command_and_the_whole_dbt_package(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    package = {n.partition("dbt_package/")[2] for n in names if "/dbt_package/" in n}
    on_disk = {
        file.relative_to(ROOT).as_posix()
        for part in ("macros", "models", "tests")
        for file in (ROOT / part).rglob("*")
        if file.is_file()
    }
    assert package == on_disk | {"dbt_project.yml", "packages.yml", "LICENSE"}
    assert {"entity_kit/cli/commands.py", "entity_kit/py.typed"} <= names
    assert "entity_kit/docs/causes/late-arrival.md" in names
    others = {name.partition("/")[0] for name in names} - {"entity_kit"}
    assert [name.rpartition(".")[2] for name in others] == ["dist-info"]


def test_package_path_names_the_folder_inside_the_wheel(installed):
    command = next((installed / "bin").glob("entity-kit*"))
    out = run(sys.executable, command, "package-path", cwd=installed, PYTHONPATH=str(installed))
    assert Path(out.strip()) == installed / "entity_kit" / "dbt_package"


def test_a_project_adds_the_wheels_package_with_local(installed, tmp_path):
    where = installed / "entity_kit" / "dbt_package"
    project = consumer(tmp_path / "project", {"local": str(where)})
    dbt(project, "deps")
    dbt(project, "run")


def test_a_project_adds_the_package_with_git(tmp_path):
    if not (ROOT / ".git").exists():
        pytest.skip("this is no git clone")
    clone = tmp_path / "clone"
    run("git", "clone", "--quiet", ROOT, clone, cwd=tmp_path)
    run("git", "checkout", "--quiet", "-B", "release", cwd=clone)
    project = consumer(tmp_path / "project", {"git": clone.as_uri(), "revision": "release"})
    dbt(project, "deps")
    dbt(project, "run")
