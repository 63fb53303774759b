"""The right models agree, and each wrong one is caught as its YAML says."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml
from dbt.cli.main import dbtRunner
from load_flights import load

from entity_kit import Verdict, verify
from entity_kit.arrivals.schedules import RECORDED

ROOT = Path(__file__).resolve().parents[2]
PROJECT = ROOT / "integration_tests"
WRONG = ROOT / "examples" / "wrong_models"
EXPECTED = {
    model["name"]: model["config"]["meta"]["entity_kit_expect"]
    for model in yaml.safe_load((WRONG / "models/_expectations.yml").read_text())["models"]
    if "config" in model
}
HIDDEN = sorted(model for model, what in EXPECTED.items() if what["schedule"] not in RECORDED)
# Months that no run builds take more months than the small sample has, and runs closer than those.
NEEDS_MONTHS = ("lookback_shorter_than_the_pause",)
SMALL = {"days": 14, "steps": 5}
MONTHS = {"days": 130, "steps": 6}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def verified(tmp_path_factory):
    """Return the result of one model under one schedule, verifying all of a schedule at once."""
    results = {}

    def of(model, schedule):
        size = MONTHS if model in NEEDS_MONTHS else SMALL
        if (schedule, size["days"]) not in results:
            selected = [
                name
                for name, what in EXPECTED.items()
                if (name in NEEDS_MONTHS) == (model in NEEDS_MONTHS)
                and (what["schedule"] == schedule or (schedule == "arrival" and name in HIDDEN))
            ]
            folder = tmp_path_factory.mktemp(schedule)
            path = load(folder / "flights.duckdb", days=size["days"], quiet=True)
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("FLIGHTS_WAREHOUSE", str(path))
                found = verify(
                    WRONG,
                    profiles_dir=WRONG,
                    select=selected,
                    steps=size["steps"],
                    # A gap is told from other causes by what happens without it.
                    schedules=["arrival", "gap"] if schedule == "gap" else [schedule],
                )
            results[schedule, size["days"]] = {each.name: each.schedules for each in found.models}
        found = results[schedule, size["days"]][model]
        return next(result for result in found if result.schedule == schedule)

    return of


def test_the_right_models_agree(tmp_path, monkeypatch):
    project = tmp_path / "project"
    unwanted = shutil.ignore_patterns("target", "logs", "dbt_packages", "warehouse")
    shutil.copytree(PROJECT, project, ignore=unwanted)
    (project / "packages.yml").write_text(f"packages: [{{local: '{ROOT}'}}]\n")
    path = load(tmp_path / "flights.duckdb", days=SMALL["days"], quiet=True)
    monkeypatch.setenv("FLIGHTS_WAREHOUSE", str(path))
    folders = ("--project-dir", str(project), "--profiles-dir", str(project))
    assert dbtRunner().invoke(["deps", *folders, "--quiet"]).success

    # A storm is all that the deliveries allow at once, with a repeated run among the others.
    result = verify(
        project,
        profiles_dir=project,
        select=["path:models/marts"],
        steps=SMALL["steps"],
        schedules=["arrival", "empty", "gap", "storm"],
    )

    models = {model.stem for model in (PROJECT / "models/marts").glob("*.sql")}
    assert {model.name: model.verdict for model in result.models} == dict.fromkeys(
        models, Verdict.AGREES
    )


@pytest.mark.parametrize("model", sorted(EXPECTED))
def test_a_wrong_model_is_caught_with_its_cause(verified, model):
    result = verified(model, EXPECTED[model]["schedule"])
    assert result.verdict is Verdict.DIFFERS
    assert result.sample
    assert result.cause.name == EXPECTED[model]["cause"]


@pytest.mark.parametrize("model", HIDDEN)
def test_what_takes_another_delivery_does_not_show_in_the_recorded_arrival(verified, model):
    assert verified(model, "arrival").verdict is Verdict.AGREES
