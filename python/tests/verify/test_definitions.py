"""The metrics that verify holds models to."""

from types import SimpleNamespace

import pytest

from entity_kit.verify.definitions import read_definitions

BOARD = {
    "unique_id": "model.shop.board",
    "name": "board",
    "package_name": "shop",
    "resource_type": "model",
    "config": {"materialized": "incremental"},
}
REVENUE = {
    "name": "revenue",
    "package_name": "shop",
    "config": {
        "meta": {
            "entity_kit": {
                "materialized_in": {"model": "board", "column": "total", "grain": "month"}
            }
        }
    },
}


NOTE = (
    "Metric revenue isn't compared with board: the dbt package entity_kit computes the definition, "
    "and the project doesn't have it. Add it to packages.yml."
)


@pytest.mark.parametrize(
    ("macros", "compared", "notes"),
    [({}, [], [NOTE]), ({"macro.entity_kit.metric_differences": {}}, ["revenue"], [])],
)
def test_a_project_without_the_package_is_told_what_is_not_compared(macros, compared, notes):
    manifest = {
        "metadata": {"project_name": "shop"},
        "nodes": {"model.shop.board": BOARD},
        "metrics": {"metric.shop.revenue": REVENUE},
        "macros": macros,
        "semantic_models": {},
    }
    session = SimpleNamespace(runner=None, notes=[])
    definitions = read_definitions(
        session, manifest, [SimpleNamespace(unique_id="model.shop.board")]
    )
    assert [each.metric for each in definitions.tables] == compared
    assert session.notes == notes
