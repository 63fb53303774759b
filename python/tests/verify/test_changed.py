"""`--changed-since`: what a git diff affects, and the action and the hook that use it."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from entity_kit import EntityKitError
from entity_kit.dbt_bridge.changed import changed_files, touched
from support.repository import commit, git
from support.verify_project import FCT, run
from support.waiting import PATIENCE

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]


GOOD = FCT.replace("> (select max(loaded_at)", ">= (select coalesce(max(loaded_at), '-infinity')")
MODELS = {
    "stg.sql": "select * from {{ source('shop', 'orders') }} {{ nothing() }}",
    "fct.sql": GOOD.replace("source('shop', 'orders')", "ref('stg')"),
    "daily.sql": GOOD,
    "daily.yml": "models: [{name: daily, description: by day}]",
}
FILES = {
    "macros/nothing.sql": "{% macro nothing() %}{{ inner() }}{% endmacro %}",
    "macros/inner.sql": "{% macro inner() %}{% endmacro %}",
    "macros/unused.sql": "{% macro unused() %}{% endmacro %}",
    "README.md": "a project",
}


@pytest.fixture
def project(make_project):
    """Create a project in a folder of a repository, on its own branch."""
    made = make_project(MODELS, files=FILES, folder="repo/my dbt")
    repository = made.folder.parent
    git(repository, "init", "-q")
    (repository / ".gitignore").write_text("ignored*\n")
    commit(repository)
    git(repository, "checkout", "-q", "-b", "branch")
    return made


def names(project, since="main", **options):
    found = project.verify(changed_since=since, steps=1, schedules=["rerun"], **options)
    return sorted(model.name for model in found.models)


@pytest.mark.parametrize(
    ("file", "models"),
    [
        ("models/fct.sql", ["fct"]),
        ("models/stg.sql", ["fct"]),
        ("models/daily.yml", ["daily"]),
        ("models/sources.yml", ["daily", "fct"]),
        ("macros/inner.sql", ["fct"]),
        ("macros/unused.sql", []),
        ("README.md", []),
        ("dbt_project.yml", ["daily", "fct"]),
    ],
)
def test_what_a_file_touches(project, manifest, file, models):
    files = {(project.folder / file).resolve()}
    made = touched(manifest, project.folder, files)
    above = {"fct": {"stg", "orders"}, "daily": {"orders"}}
    near = {unique_id.split(".")[-1] for unique_id in made}
    assert [name for name in sorted(above) if near & {name, *above[name]}] == models


@pytest.fixture(scope="module")
def manifests():
    return {}


@pytest.fixture
def manifest(project, manifests, tmp_path):
    """Return the manifest, parsed once: its paths are relative to the project."""
    if not manifests:
        from entity_kit.dbt_bridge.profiles import load_target
        from entity_kit.dbt_bridge.project import Project, make_runner

        found = load_target(project.folder)
        folder = tmp_path / "parsed"
        folder.mkdir()
        runner = make_runner(Project(project.folder, folder, found.profile, found.name))
        manifests["parsed"] = runner.parse(project.folder)
    return manifests["parsed"]


def test_files_that_changed(project):
    repository = project.folder.parent
    files = {
        "committed.sql": lambda: commit(repository),
        "staged é.sql": lambda: git(repository, "add", "-A"),
        "untracked.sql": lambda: None,
        "ignored.sql": lambda: None,
    }
    for name, then in files.items():
        project.write({f"models/{name}": "select 1"})
        then()
    # What comes to main later is no change of this branch.
    git(repository, "stash", "-q", "-u")
    git(repository, "checkout", "-q", "main")
    project.write({"models/of_main.sql": "select 1"})
    commit(repository)
    git(repository, "checkout", "-q", "branch")
    git(repository, "stash", "pop", "-q")
    assert {file.name for file in changed_files(project.folder, "main")} == {
        *("committed.sql", "staged é.sql", "untracked.sql")
    }
    assert {file.name for file in changed_files(project.folder, "HEAD")} == {
        *("staged é.sql", "untracked.sql")
    }


def test_models_below_a_change_are_verified_and_others_not(project):
    project.write({"models/stg.sql": MODELS["stg.sql"] + " where true"})
    assert names(project) == ["fct"]
    commit(project.folder.parent)
    assert names(project) == ["fct"]
    assert names(project, since="HEAD") == []
    assert names(project, select=["daily"]) == []


def test_where_nothing_changed(project):
    finished = run(["verify", "--project-dir", str(project.folder), "--changed-since", "main"])
    assert finished.exit_code == 0
    assert finished.stdout.startswith("note: No incremental model is affected by the changes.\n")


def test_what_a_push_would_send(project, tmp_path, monkeypatch):
    """The upstream's commits have been pushed, or else those that pre-commit names, or else none."""
    repository = project.folder.parent

    def unpushed():
        return {file.name for file in changed_files(project.folder, "unpushed")}

    project.write({"models/later.sql": "select 1"})
    commit(repository)
    assert {"later.sql", "fct.sql", "dbt_project.yml"} <= unpushed()
    monkeypatch.setenv("PRE_COMMIT_FROM_REF", git(repository, "rev-parse", "HEAD~1"))
    assert unpushed() == {"later.sql"}
    monkeypatch.delenv("PRE_COMMIT_FROM_REF")
    git(tmp_path, "init", "-q", "--bare", "remote.git")
    git(repository, "remote", "add", "origin", str(tmp_path / "remote.git"))
    git(repository, "push", "-q", "-u", "origin", "branch")
    assert unpushed() == set()
    project.write({"models/latest.sql": "select 1"})
    assert unpushed() == {"latest.sql"}


def test_a_push_of_a_wrong_model_is_stopped(project, tmp_path):
    """The documented hook, as git calls it: after the commit."""
    repository = project.folder.parent
    remote = tmp_path / "remote.git"
    git(tmp_path, "init", "-q", "--bare", str(remote))
    git(repository, "remote", "add", "origin", str(remote))
    git(repository, "push", "-q", "-u", "origin", "branch")
    text = (ROOT / "docs" / "verify.md").read_text("utf-8")
    (documented,) = re.findall(r"- id: entity-kit-verify\n +args: (\[.*\])", text)
    arguments = ["my dbt" if word == "dbt" else word for word in yaml.safe_load(documented)]
    command = shlex.join([sys.executable, "-m", "entity_kit", "verify", *arguments])
    hook = repository / ".git" / "hooks" / "pre-push"
    hook.write_text(f"#!/bin/sh\nexec {command} --schedules arrival\n")
    hook.chmod(0o755)
    wrong = GOOD.replace(
        "select *", "select customer as order_id, count(*) as n, max(loaded_at) as loaded_at"
    )
    project.write({"models/daily.sql": wrong + "group by 1"})
    commit(repository)
    with pytest.raises(subprocess.CalledProcessError) as stopped:
        git(repository, "push", "-q")
    assert b"daily  differs" in stopped.value.stderr + stopped.value.stdout
    assert git(remote, "rev-parse", "branch") == git(repository, "rev-parse", "HEAD~1")
    project.write({"models/daily.sql": GOOD + "-- right again"})
    commit(repository)
    git(repository, "push", "-q")
    assert git(remote, "rev-parse", "branch") == git(repository, "rev-parse", "HEAD")


def test_refusals(project, tmp_path):
    def refused(folder, since):
        with pytest.raises(EntityKitError) as caught:
            changed_files(folder, since)
        return str(caught.value)

    assert refused(project.folder, "mian") == (
        "git doesn't know the revision `mian`.\n"
        "Name a branch, tag, or commit that has been fetched, such as origin/main."
    )
    assert "git doesn't know the revision `--help`" in refused(project.folder, "--help")
    git(project.folder.parent, "checkout", "-q", "--orphan", "other")
    commit(project.folder.parent, "of another root")
    assert refused(project.folder, "main").startswith("`main` and HEAD have no commit in common.")
    assert "--changed-since needs a project in a git repository." in refused(tmp_path, "main")


def test_gits_own_variables_do_not_mislead(project, monkeypatch):
    """In a hook, GIT_DIR is relative to the repository's folder."""
    monkeypatch.setenv("GIT_DIR", ".git")
    project.write({"models/fct.sql": GOOD})
    assert changed_files(project.folder, "HEAD") == {(project.folder / "models/fct.sql").resolve()}


def test_the_action_runs_the_command_and_keeps_its_exit_code(project, tmp_path):
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    *_, step = action["runs"]["steps"]
    # What a user gives reaches the script as variables only.
    assert all("${{" not in each["run"] for each in action["runs"]["steps"])
    given = {name: each["default"] for name, each in action["inputs"].items()}
    given |= {"project-dir": "my dbt", "base": "main", "arguments": "--steps 3 --schedules arrival"}
    variables = {
        name: given[re.search(r"inputs\.([\w-]+)", expression)[1]]
        for name, expression in step["env"].items()
    }
    assert sorted(variables) == [
        *("ARGUMENTS", "BASE", "DEPLOY_FROM", "PROFILES_DIR", "PROJECT_DIR", "TARGET")
    ]
    wrong = GOOD.replace(
        "select *", "select customer as order_id, count(*) as n, max(loaded_at) as loaded_at"
    )
    project.write({"models/daily.sql": wrong + "group by 1"})
    files = {name: tmp_path / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", step["run"]],
        cwd=project.folder.parent,
        env={
            **os.environ,
            **variables,
            **{name: str(file) for name, file in files.items()},
            "GITHUB_WORKSPACE": str(project.folder.parent),
            "RUNNER_TEMP": str(tmp_path),
            "TMPDIR": str(project.scratch),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 1, done.stderr
    error, closing = done.stdout.splitlines()
    assert error.startswith("::error file=my dbt/models/daily.sql,line=4,title=entity-kit%3A daily")
    assert closing.startswith("1 incremental model: 1 differs. 3 steps")
    assert files["GITHUB_OUTPUT"].read_text() == f"markdown={tmp_path}/entity-kit.md\n"
    assert "### entity-kit verify: differs" in files["GITHUB_STEP_SUMMARY"].read_text()


@pytest.mark.parametrize(
    ("number", "option"), [(0, "--changed-since REF"), (1, "--deploy-from REF")]
)
def test_each_hook_names_a_command_that_there_is(number, option):
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert [each["id"] for each in hooks] == ["entity-kit-verify", "entity-kit-deploy"]
    hook = hooks[number]
    assert (hook["language"], hook["pass_filenames"]) == ("system", False)
    assert hook["stages"] == ["pre-push"]
    program, *arguments = [*hook["entry"].split(), *hook["args"]]
    assert program == "entity-kit"
    helped = run([*arguments, "--help"])
    assert helped.exit_code == 0
    assert option in helped.stdout
    assert re.search(hook["files"], "models/fct.sql")
    assert not re.search(hook["files"], "README.md")
