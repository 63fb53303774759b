"""The corpus: each wrong model is caught with its cause, and no right model is accused.

One test for each schedule, as all of its models are verified at once.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest
import yaml

from entity_kit import Verdict, verify
from entity_kit.arrivals.schedules import RECORDED

ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(__file__).parent / "corpus"
DESCRIBED = {
    model["name"]: model.get("config", {}).get("meta", {}).get("entity_kit_expect")
    for model in yaml.safe_load((CORPUS / "models/_expectations.yml").read_text())["models"]
}
EXPECTED = {name: what for name, what in DESCRIBED.items() if what}
WRONG = {path.stem for path in CORPUS.glob("models/wrong/*.sql")}
RIGHT = {path.stem for path in CORPUS.glob("models/right/*.sql")}
# A window of months by the clock needs runs that are closer than that to be right for a while.
# Mistakes must show with as many steps as there are by default.
STEPS = {"gap": 5, "arrival": 5, "late": 5, "updates": 5}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus") / "project"
    shutil.copytree(CORPUS, folder)
    (folder / "dbt_packages").mkdir()
    (folder / "dbt_packages/entity_kit").symlink_to(ROOT)
    (folder / "packages.yml").write_text(yaml.safe_dump({"packages": [{"local": str(ROOT)}]}))
    warehouse = folder.parent / "corpus.duckdb"
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute((CORPUS / "sources.sql").read_text())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CORPUS_WAREHOUSE", str(warehouse))
        yield folder


def verified(project, select, schedules, steps=3):
    found = verify(
        project, profiles_dir=project, select=sorted(select), schedules=schedules, steps=steps
    )
    return {
        (model.name, result.schedule): result
        for model in found.models
        for result in model.schedules
    }


def test_the_corpus_is_whole():
    assert DESCRIBED.keys() == WRONG | RIGHT
    # A right model may stand among the wrong ones that are built from it.
    assert EXPECTED.keys() <= WRONG
    assert len(EXPECTED) >= 40
    assert len(RIGHT) >= 25


@pytest.mark.slow
@pytest.mark.parametrize("schedule", sorted({what["schedule"] for what in EXPECTED.values()}))
def test_each_wrong_model_is_caught_with_its_cause(project, schedule):
    expected = {
        name: what["cause"] for name, what in EXPECTED.items() if what["schedule"] == schedule
    }
    # A gap is told from other causes by what happens without it.
    chosen = ["arrival", "gap"] if schedule == "gap" else [schedule]
    results = verified(project, expected, chosen, STEPS.get(schedule, 3))
    found = {
        name: results[name, schedule].cause or results[name, schedule].verdict for name in expected
    }
    told = {
        name: each.value if isinstance(each, Verdict) else each.name for name, each in found.items()
    }
    assert told == expected
    assert all(results[name, schedule].sample for name in expected)
    if schedule == "gap":
        assert {results[name, "arrival"].verdict for name in expected} == {Verdict.AGREES}


@pytest.mark.slow
def test_what_takes_a_delivery_does_not_show_in_the_recorded_arrival(project):
    hidden = {name for name, what in EXPECTED.items() if what["schedule"] not in RECORDED}
    results = verified(project, hidden, ["arrival"])
    assert {name: result.verdict for (name, _), result in results.items()} == dict.fromkeys(
        hidden, Verdict.AGREES
    )


@pytest.mark.slow
def test_no_right_model_is_accused(project):
    # A storm is all that the deliveries allow at once, with a repeated run among the others.
    chosen = ["arrival", "empty", "gap", "storm"]
    results = verified(project, ["path:models/right"], chosen)
    assert {name for name, _ in results} == RIGHT - {"known_events"}
    assert {what: result.verdict for what, result in results.items()} == dict.fromkeys(
        results, Verdict.AGREES
    )
