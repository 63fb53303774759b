"""The table of causes: each declares what it can say, and `unknown` names only what was tried."""

from __future__ import annotations

import ast
from pathlib import Path
from types import SimpleNamespace

import pytest

import entity_kit.causes
from entity_kit.causes import CATALOG, CODES, catalog, diagnose
from entity_kit.causes.experiment import NOT_TRIED, Experiment
from entity_kit.results import Cause

PACKAGE = Path(entity_kit.causes.__file__).parent
# What stands on the floors above: nothing here may import it.
ABOVE = {"verify", "search", "steps", "cli", "check", "pytest_plugin", "project_report"}
DIFFERS = SimpleNamespace(
    parents=(), facts=SimpleNamespace(diff=SimpleNamespace(schema_changes=()))
)


def experiment(answer, *codes, repeats=False):
    return Experiment("it does", codes, lambda *_: answer, repeats)


def test_every_experiment_says_what_it_claims_and_what_it_can_return():
    for each in CATALOG:
        assert each.claim.endswith(".")
        assert each.repeats != bool(each.codes)
        assert set(each.codes) <= CODES - {"unknown"}


def test_the_first_cause_found_is_the_answer(monkeypatch):
    found = Cause("clock", "it asks for the time")
    monkeypatch.setattr(
        catalog,
        "CATALOG",
        (
            experiment(("null-key",), "null-key"),
            experiment(found, "clock", "run-gap"),
            experiment(Cause("null-key", "never asked"), "null-key"),
        ),
    )
    assert diagnose(None, DIFFERS) is found


def test_unknown_rules_out_what_was_tried_once_and_nothing_else(monkeypatch):
    monkeypatch.setattr(
        catalog,
        "CATALOG",
        (
            experiment(("clock",), "clock"),
            experiment(NOT_TRIED, "stale-join"),
            # It could have returned both, and tried one of them.
            experiment(("missed-update",), "missed-update", "missed-delete"),
            experiment(("clock",), "clock"),
        ),
    )
    assert diagnose(None, DIFFERS) == Cause("unknown", "Ruled out: clock, missed-update.")


@pytest.mark.parametrize("answer", [Cause("clock", ""), ("clock",), ("null-key", "clock")])
def test_a_code_that_an_experiment_does_not_declare_is_refused(answer):
    with pytest.raises(ValueError, match="from an experiment that declares"):
        experiment(answer, "null-key")(None, DIFFERS)


def test_what_repeats_another_cause_may_say_any():
    passed_on = Cause("clock", "as the parent")
    assert experiment(passed_on, repeats=True)(None, DIFFERS) is passed_on


def test_nothing_is_imported_from_the_floors_above():
    for file in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("entity_kit"):
                parts = (node.module or "").split(".")[1:2] or [alias.name for alias in node.names]
                for part in parts:
                    assert part not in ABOVE, (file.name, part)
                    assert not part.startswith(("report", "cli")), (file.name, part)
