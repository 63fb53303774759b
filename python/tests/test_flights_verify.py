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
from support.dbt_v2_project import copy_for_v2

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
def found(tmp_path_factory):
    """Verify all models of a schedule at once, in process or by an executable, and return them."""
    results = {}

    def of(schedule, *, months, dbt=None):
        if (schedule, months, dbt) not in results:
            selected = [
                name
                for name, what in EXPECTED.items()
                if (name in NEEDS_MONTHS) == months
                and (what["schedule"] == schedule or (schedule == "arrival" and name in HIDDEN))
            ]
            size = MONTHS if months else SMALL
            folder = tmp_path_factory.mktemp(schedule)
            path = load(folder / "flights.duckdb", days=size["days"], quiet=True)
            if dbt is not None:
                (folder / "portable").mkdir()
                copy_for_v2(path, folder / "portable" / path.name)
                path = folder / "portable" / path.name
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("FLIGHTS_WAREHOUSE", str(path))
                result = verify(
                    WRONG,
                    profiles_dir=WRONG,
                    select=selected,
                    steps=size["steps"],
                    # A gap is told from other causes by what happens without it.
                    schedules=["arrival", "gap"] if schedule == "gap" else [schedule],
                    dbt=dbt,
                )
            results[schedule, months, dbt] = result.models
        return results[schedule, months, dbt]

    return of


@pytest.fixture(scope="module")
def verified(found):
    """Return the result of one model under one schedule."""

    def of(model, schedule):
        models = {each.name: each for each in found(schedule, months=model in NEEDS_MONTHS)}
        return next(each for each in models[model].schedules if each.schedule == schedule)

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


@pytest.mark.parametrize(
    ("schedule", "months"),
    sorted({(what["schedule"], model in NEEDS_MONTHS) for model, what in EXPECTED.items()}),
)
def test_dbt_v2_finds_what_v1_does(found, dbt_v2, schedule, months):
    """Verdicts, steps, counts, causes with what they say, and rows; the batches of months, too."""
    by_v1 = found(schedule, months=months)
    by_v2 = found(schedule, months=months, dbt=str(dbt_v2))
    assert by_v2 == by_v1
    assert any(each.verdict is Verdict.DIFFERS for each in by_v1)
