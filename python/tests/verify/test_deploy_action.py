"""The action's script with `deploy-from`, run with a stand-in for the command."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
# It says how it was called, writes its comment, and ends as it is told.
COMMAND = """#!/bin/bash
echo "$*" >> "$RUNNER_TEMP/calls"
while [ $# -gt 0 ]; do
  if [ "$1" = --markdown ]; then echo "comment of $2" > "$2"; fi
  if [ "$1" = --deploy-from ]; then exit "$DEPLOY_CODE"; fi
  shift
done
exit "$VERIFY_CODE"
"""


def act(tmp_path, *, verify=0, deploy=0, **given):
    """Run the script, and return its exit code, the calls, and the comment."""
    command = tmp_path / "bin" / "entity-kit"
    command.parent.mkdir()
    command.write_text(COMMAND)
    command.chmod(0o755)
    *_, step = yaml.safe_load((ROOT / "action.yml").read_text())["runs"]["steps"]
    variables = {**dict.fromkeys(step["env"], ""), "PROJECT_DIR": "dbt", **given}
    files = {name: tmp_path / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", step["run"]],
        env={
            **os.environ,
            **variables,
            **{name: str(file) for name, file in files.items()},
            "VERIFY_CODE": str(verify),
            "DEPLOY_CODE": str(deploy),
            "RUNNER_TEMP": str(tmp_path),
            "PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}",
        },
        check=False,
    )
    calls = (tmp_path / "calls").read_text().replace(str(tmp_path), "TEMP").splitlines()
    comment = (tmp_path / "entity-kit.md").read_text().replace(str(tmp_path), "TEMP")
    assert files["GITHUB_STEP_SUMMARY"].read_text().replace(str(tmp_path), "TEMP") == comment
    return done.returncode, calls, comment


def test_without_it_nothing_is_deployed(tmp_path):
    code, calls, comment = act(tmp_path, BASE="abc")
    verified = "verify --project-dir dbt --format github --markdown TEMP/entity-kit.md"
    assert (code, calls) == (0, [f"{verified} --changed-since abc"])
    assert comment == "comment of TEMP/entity-kit.md\n"


def test_one_comment_holds_both_results(tmp_path):
    code, calls, comment = act(tmp_path, BASE="abc", DEPLOY_FROM="base")
    deployed = "verify --project-dir dbt --format github --markdown TEMP/entity-kit-deploy.md"
    assert (code, calls[1:]) == (0, [f"{deployed} --deploy-from abc"])
    assert comment == "comment of TEMP/entity-kit.md\ncomment of TEMP/entity-kit-deploy.md\n"


@pytest.mark.parametrize(
    ("verify", "deploy", "code"), [(0, 0, 0), (1, 0, 1), (0, 1, 1), (3, 1, 3), (0, 3, 3)]
)
def test_the_first_code_that_is_not_0_is_the_scripts(tmp_path, verify, deploy, code):
    given = act(tmp_path, verify=verify, deploy=deploy, DEPLOY_FROM="main", TARGET="ci")
    assert given[0] == code
    assert given[1][1].endswith(
        "--target ci --markdown TEMP/entity-kit-deploy.md --deploy-from main"
    )


def test_without_a_base_there_is_nothing_to_deploy_from(tmp_path):
    """For a push there is no pull request."""
    assert len(act(tmp_path, DEPLOY_FROM="base")[1]) == 1
