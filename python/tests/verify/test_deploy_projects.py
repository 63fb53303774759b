"""Whole projects that change: moved, with another package, new, broken, or run by an executable."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest
from test_deploy import AFTER, BEFORE, VERDICTS
from test_deploy import ORDERS as FOUR_LOADS

from support.dbt_v2_project import copy_for_v2
from support.repository import commit, git, in_repository
from support.verify_project import FCT, run

pytestmark = pytest.mark.slow

# It reads each order once.
PLAIN = FCT.replace("select *", "select order_id, amount, loaded_at")
RAISED = PLAIN.replace("amount", "cast(amount + 1 as decimal(10, 2)) as amount")


def deployed(project, *arguments):
    """Return what a merge does to each model, the notes, and the exit code."""
    words = ["verify", "--project-dir", str(project.folder), "--jobs", "1", "--steps", "2"]
    finished = run([*words, "--format", "json", "--deploy-from", "HEAD", *arguments])
    if not finished.stdout:
        return finished.stderr, [], finished.exit_code
    found = json.loads(finished.stdout)
    verdicts = {each["name"]: each["verdict"] for each in found["models"]}
    return verdicts, found["notes"], finished.exit_code


@pytest.fixture
def project(make_project):
    """Write a project into a folder of a repository."""
    return in_repository(make_project({"fct.sql": PLAIN}, folder="repo/dbt"))


def test_where_nothing_changes(project):
    verdicts, notes, code = deployed(project)
    assert (verdicts, code) == ({"fct": "unchanged"}, 0)
    assert notes == ["The change reaches no incremental model."]


def test_where_every_model_is_new(make_project):
    """No old code runs, and nothing was built before the merge."""
    project = make_project({"view.sql": "select 1 as x"})
    git(project.folder, "init", "-q")
    commit(project.folder)
    project.write({"models/fct.sql": PLAIN})
    verdicts, _, code = deployed(project)
    assert (verdicts, code) == ({"fct": "safe"}, 0)


def test_a_revision_that_cannot_be_parsed(project):
    project.write({"models/fct.sql": "select {{ nobody( }}"})
    commit(project.folder.parent)
    project.write({"models/fct.sql": PLAIN})
    said, _, code = deployed(project)
    assert code == 3
    assert "The project at HEAD can't be parsed, so it can't be what is deployed." in said


def test_a_merge_at_a_step_that_there_is_not(project):
    project.write({"models/fct.sql": RAISED})
    said, _, code = deployed(project, "--deploy-at", "2")
    assert code == 2
    assert "--deploy-at must be from 1 to 1; got 2." in said


def test_through_an_executable(project):
    """As in process. The copy of a warehouse mustn't hold what dbt parsed of the old project."""
    project.write({"models/fct.sql": RAISED, "models/more.sql": PLAIN})
    executable = shutil.which("dbt", path=str(Path(sys.executable).parent))
    verdicts, _, code = deployed(project, "--dbt", executable)
    assert (verdicts, code) == ({"fct": "needs a full refresh", "more": "safe"}, 1)


def test_on_dbt_v2(make_project, dbt_v2):
    """As on v1: what stays wrong, what heals, what stops, and a backfill of some batches."""
    names = ["fixed", "totals", "strict", "batches", "looking"]
    project = make_project({f"{name}.sql": BEFORE[name] for name in names}, data=FOUR_LOADS)
    new = project.warehouse.with_name("new.duckdb")
    project.warehouse.rename(new)
    copy_for_v2(new, project.warehouse)
    git(project.folder, "init", "-q")
    commit(project.folder)
    project.write({f"models/{name}.sql": AFTER[name] for name in names})
    finished = run(
        [
            *("verify", "--project-dir", str(project.folder), "--jobs", "1", "--format", "json"),
            *("--deploy-from", "HEAD", "--dbt", str(dbt_v2)),
        ]
    )
    assert finished.exit_code == 1, finished.stderr
    found = {each["name"]: each for each in json.loads(finished.stdout)["models"]}
    assert {name: each["verdict"] for name, each in found.items()} == {
        name: VERDICTS[name] for name in names
    }
    assert found["batches"]["mend"]["command"].endswith("--event-time-end=2024-01-04T00:00:00")
    assert "days_again: 3" in found["looking"]["mend"]["command"]


def test_another_version_of_a_package_in_a_project_that_moved(project, tmp_path):
    """`dbt deps` gets the old version for the old code; the new one is installed already."""
    package = tmp_path / "package"
    (package / "macros").mkdir(parents=True)
    (package / "dbt_project.yml").write_text("{name: money, version: '1.0', config-version: 2}")
    git(package, "init", "-q")
    for tag, text in (("v1", "amount"), ("v2", "cast(amount + 1 as decimal(10, 2))")):
        (package / "macros" / "m.sql").write_text(f"{{% macro net() %}}{text}{{% endmacro %}}")
        commit(package)
        git(package, "tag", tag)
    repository = project.folder.parent
    (repository / ".gitignore").write_text("dbt_packages\nlogs\ntarget\npackage-lock.yml\n")
    spec = f"packages: [{{git: 'file://{package}', revision: v1}}]"
    calling = PLAIN.replace("amount,", "{{ money.net() }} as amount,")
    project.write({"packages.yml": spec, "models/fct.sql": calling, "models/other.sql": PLAIN})
    commit(repository)
    git(repository, "mv", "dbt", "moved")
    project.folder = repository / "moved"
    project.write({"packages.yml": spec.replace("v1", "v2")})
    installed = project.folder / "dbt_packages" / "money"
    git(tmp_path, "clone", "-q", "--branch", "v2", f"file://{package}", str(installed))
    shutil.rmtree(installed / ".git")
    verdicts, notes, code = deployed(project)
    assert (verdicts, code) == ({"fct": "needs a full refresh", "other": "unchanged"}, 1)
    assert notes[0] == "At HEAD the project is in the folder dbt."
