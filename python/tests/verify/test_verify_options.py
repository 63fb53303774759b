"""`--fail-fast`, `--list`, `--keep`, `--quiet`, and options from a file."""

from __future__ import annotations

import json
import shlex

import click
import pytest

from entity_kit.cli.commands import cli
from support.verify_project import FCT, run

GOOD = FCT.replace("> (select max(loaded_at)", ">= (select max(loaded_at)")
APPENDED = (
    "{{ config(materialized='incremental') }} select order_id from {{ source('shop', 'orders') }}"
)
# Twelve rows, one every 6 hours; each step adds four.
MODELS = {"good.sql": GOOD, "twice.sql": APPENDED}


@pytest.fixture
def project(make_project):
    return make_project(MODELS)


@pytest.mark.slow
def test_fail_fast_stops_at_the_first_difference_and_keeps_both_sides(project, tmp_path):
    kept = tmp_path / "kept"
    arguments = ["--fail-fast", "--keep", str(kept), "--schedules", "arrival,crash"]
    told = project.command(*arguments, "--format", "json")
    assert told.exit_code == 1
    assert "twice differs under arrival at step 2\n" in told.stderr
    result = json.loads(told.stdout)
    (model,) = result["models"]
    assert (model["name"], model["verdict"]) == ("twice", "differs")
    for schedule in model["schedules"]:
        assert len(schedule["steps"]) == 2  # of three
    assert [each["name"] for each in result["left_out"]] == ["good"]
    assert result["left_out"][0]["reason"].startswith("not judged: --fail-fast")
    assert "Stopped at the first difference (--fail-fast). Not run: crash." in result["notes"]

    (first, *_) = model["schedules"]
    shown = shlex.split(first["kept"]["command"])
    assert shown[:2] == ["entity-kit", "diff"]
    compared = run([*shown[1:], "--format", "json"])
    assert compared.exit_code == 1
    counted = json.loads(compared.stdout)
    assert counted["only_incremental"] == first["steps"][1]["only_incremental"] > 0


@pytest.mark.slow
def test_quiet_and_the_text_of_what_was_kept(project, tmp_path):
    told = project.command("--quiet", "--keep", str(tmp_path / "kept"))
    assert (told.exit_code, told.stderr) == (1, "")
    assert "good" not in told.stdout
    assert told.stdout.startswith("✗ twice  differs under arrival")
    assert f"      kept: {tmp_path / 'kept' / 'twice' / 'arrival'}\n" in told.stdout
    assert "      compare: entity-kit diff " in told.stdout
    assert "note:" not in told.stdout


@pytest.mark.slow
def test_list_says_what_would_run_and_runs_nothing(project):
    told = project.command("--list", "--schedules", "arrival,rerun")
    assert (told.exit_code, told.stdout.splitlines()) == (
        0,
        [
            "2 models",
            "  good   arrival, rerun",
            "  twice  arrival, rerun",
            "1 source",
            "  shop.orders  12 rows in 12 loads, 2024-01-01 to 2024-01-04",
            "3 steps",
            *[line for line in told.stdout.splitlines() if line.startswith("  2024-01-0")],
            "12 dbt runs if every model agrees. Nothing was run.",
        ],
    )
    listing = json.loads(project.command("--list", "--format", "json").stdout)
    # A refresh and a run at each of three steps.
    assert (listing["version"], listing["runs"], len(listing["steps"])) == (1, 6, 3)
    assert listing["models"] == [
        {"name": "good", "schedules": ["arrival"], "cached": False},
        {"name": "twice", "schedules": ["arrival"], "cached": False},
    ]


@pytest.mark.slow
def test_a_file_beside_the_project_sets_the_defaults(project):
    project.write({"entity_kit.toml": 'select = ["good"]\nvars = {a = 1}\nquiet = true\n'})
    told = project.command("--list")
    assert "1 model\n  good  arrival\n" in told.stdout
    assert told.stderr == ""
    assert "\n  twice  arrival\n" in project.command("--list", "--select", "twice").stdout


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"entity_kit.toml": "step = 3"}, "there is no option `step`.\nClosest: steps."),
        ({"entity_kit.toml": "select = {a = 1}"}, "`select` must be a string or a number; got {'a': 1}."),
        ({"entity_kit.toml": "quiet = 'yes'"}, "`quiet` must be true or false; got 'yes'."),
        ({"entity_kit.toml": "steps = true"}, "`steps` must be a string or a number; got True."),
        ({"entity_kit.toml": "steps ="}, "entity_kit.toml can't be read: "),
        ({"pyproject.toml": "[tool.entity_kit]\nproject-dir = 'x'"}, "there is no option `project-dir`."),
        (
            {"pyproject.toml": "[tool.entity_kit]\nsteps = 3", "entity_kit.toml": "steps = 3"},
            "have options for entity-kit.\nKeep one of them.",
        ),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused(tmp_path, files, message):
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    told = run(["verify", "--project-dir", str(tmp_path)])
    assert told.exit_code == 2
    assert message in told.stderr


@pytest.mark.parametrize("folder", [".", "dbt"])
def test_options_may_stand_in_pyproject(tmp_path, folder, monkeypatch):
    """Also above the project, in its repository. Paths are relative to the file."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "pyproject.toml").write_text(
        "[tool.entity_kit]\nsteps = 7\nschedules = ['arrival', 'late']\noutput = 'out.json'\n"
        "target = 'ci'\nfail_fast = true\n",
        encoding="utf-8",
    )
    (tmp_path / folder).mkdir(exist_ok=True)
    seen = {}
    for name in ("verify", "coverage"):
        command = cli.get_command(click.Context(cli), name)
        monkeypatch.setattr(
            command, "callback", lambda *, name=name, **given: seen.update({name: given})
        )
        run([name, "--project-dir", str(tmp_path / folder), "--target", "other"])
    given = seen["verify"]
    assert (given["steps"], given["schedules"], given["fail_fast"]) == (7, "arrival,late", True)
    assert given["output"] == tmp_path / "out.json"
    assert [seen[name]["target"] for name in seen] == ["other", "other"]
    assert "steps" not in seen["coverage"]
