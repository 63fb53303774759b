"""`entity_model` against its reference: full refreshes, and incremental runs in any order of arrival.

As in the tests of `grain_table`: dbt compiles each case once, and DuckDB alone runs the inputs.
"""

from __future__ import annotations

from typing import Any

import pytest
from arrival_replay import TIMES, compile_twice, replay_every_order
from entity_reference import entity_model
from hypothesis import strategies as st

CASES: dict[str, Any] = {
    "plain": {"row_key": [], "deleted_when": False},
    "log": {"row_key": ["row_id"], "deleted_when": False},
    "deleting": {"row_key": [], "deleted_when": True},
    "deleting_log": {"row_key": ["row_id"], "deleted_when": True},
    # Rows that may move to one more entity of the same k1, and rows that never move.
    "half_own_log": {"row_key": ["row_id", "k1"], "deleted_when": True},
    "own_log": {"row_key": ["k2", "row_id", "k1"], "deleted_when": True},
}
METRICS = [
    {"name": "total", "calculation": "sum(amount)", "description": "."},
    {"name": "row_count", "calculation": "count(*)", "description": ".", "fill": 0},
    {"name": "names", "calculation": "count(distinct name)", "description": "."},
]
SOURCES = """
sources:
  - name: raw
    schema: main
    tables: [{name: changes}]
"""
TABLE = """
create or replace table changes (
    k1 integer, row_id integer, name varchar, k2 varchar, city varchar, deleted boolean,
    amount integer, updated_at timestamp, loaded_at timestamp
)
"""
COLUMNS = ["k1", "row_id", "name", "k2", "city", "deleted", "amount", "updated_at", "loaded_at"]


def model(*, row_key: list[str], deleted_when: bool) -> str:
    """Write the model of a case. The one with the most roles omits the attributes."""
    arguments = [
        "source('raw', 'changes')",
        "['k1', 'k2']",
        "'loaded_at'",
        "'updated_at'",
        f"metrics={METRICS!r}",
    ]
    arguments.append("attributes=['name', 'city']")
    if row_key:
        arguments.append(f"row_key={row_key!r}")
    if deleted_when:
        arguments.append("deleted_when='deleted'")
    return "{{ entity_kit.entity_model(" + ", ".join(arguments) + ") }}"


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "k1": st.sampled_from([1, 1, 2, None]),
            "row_id": st.integers(1, 4),
            "name": st.sampled_from(["x", "y", None]),
            "k2": st.sampled_from(["a", None]),
            "city": st.sampled_from(["s", "t", None]),
            "deleted": st.sampled_from([False, False, True, None]),
            "amount": st.one_of(st.integers(-2, 5), st.none()),
            "updated_at": st.one_of(TIMES, TIMES, st.none()),
            "loaded_at": TIMES,
        },
    ),
    max_size=9,
)


@pytest.fixture(scope="module")
def compiled(make_project: Any) -> dict[str, dict[str, str]]:
    return compile_twice(make_project, SOURCES, TABLE, {n: model(**c) for n, c in CASES.items()})


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_equals_the_reference_at_every_step(compiled: Any, name: str) -> None:
    replay_every_order(
        compiled[name], name, (TABLE, COLUMNS, ROWS), lambda rows: entity_model(rows, **CASES[name])
    )
