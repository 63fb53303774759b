"""Every model of the family in the sample project, under every schedule that its deliveries allow."""

from __future__ import annotations

import pytest
from load_flights import load

from entity_kit import Verdict, verify
from support.sample_project import copy_sample

RECORDED = {"arrival", "rerun", "empty", "gap", "split_batches", "storm"}
LOG = RECORDED | {"late", "redelivers"}
# What the deliveries of the model's sources allow. A row of an extract neither comes late nor again.
ALLOWED = {
    "customers_latest": LOG,
    "dim_aircraft": LOG | {"updates"},
    "dim_customers": LOG,
    "dim_products": RECORDED,
    "dim_subscriptions": LOG,
    "dim_teams": LOG,
    "fct_subscription_changes": LOG,
}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    project = copy_sample(folder / "project")
    path = load(folder / "flights.duckdb", days=5, quiet=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FLIGHTS_WAREHOUSE", str(path))
        return verify(project, profiles_dir=project, select=["path:models/scd2"], steps=3)


def test_every_model_is_run_under_every_schedule(result):
    run = {model.name: {each.schedule for each in model.schedules} for model in result.models}
    assert set(run) == set(ALLOWED)
    assert {name: ALLOWED[name] - run[name] for name in run if ALLOWED[name] - run[name]} == {}


@pytest.mark.parametrize("name", ALLOWED)
def test_each_agrees_at_each_step(name, result):
    model = next(model for model in result.models if model.name == name)
    differing = [each.schedule for each in model.schedules if each.verdict is not Verdict.AGREES]
    assert (model.verdict, differing) == (Verdict.AGREES, [])
