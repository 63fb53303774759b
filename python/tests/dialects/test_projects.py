"""The projects in integration_tests/dialects: one by one, the verdicts and causes of DuckDB's own."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from entity_kit import verify

if TYPE_CHECKING:
    from entity_kit import VerifyResult

PROJECTS = Path(__file__).parents[3] / "integration_tests" / "dialects"
STEPS = [
    datetime(2024, 3, 4, tzinfo=timezone.utc),
    datetime(2024, 3, 5, 21, tzinfo=timezone.utc),
]
# What only these projects have, because there is nothing like it on DuckDB.
OWN = {
    "snowflake": {"order_digests": "unsupported", "order_digests_by_day": "skipped"},
}

pytestmark = pytest.mark.slow


def _verify(dialect: str) -> VerifyResult:
    given: dict[str, Any] = {} if dialect == "duckdb" else {"dialect": dialect}
    return verify(
        PROJECTS / dialect,
        samples=PROJECTS / "samples",
        schedules=["arrival"],
        at=STEPS,
        jobs=1,
        **given,
    )


def _told(result: VerifyResult) -> dict[str, tuple[str, str, tuple[int, ...]]]:
    """Return of each model the verdict, the cause, and how many rows differ at each step."""
    found = {}
    for model in result.models:
        (schedule,) = model.schedules
        cause = schedule.cause.name if schedule.cause else ""
        counts = tuple(
            step.comparison.only_incremental
            + step.comparison.only_full_refresh
            + step.comparison.changed
            for step in schedule.steps
        )
        found[model.name] = (model.verdict.value, cause, counts)
    return found


@pytest.fixture(scope="module")
def expected() -> dict[str, tuple[str, str, tuple[int, ...]]]:
    return _told(_verify("duckdb"))


def test_the_twins_are_right_and_wrong(expected):
    assert {name: (verdict, cause) for name, (verdict, cause, _) in expected.items()} == {
        "order_items": ("agrees", ""),
        "orders_by_day": ("differs", "partial-group"),
        "orders_latest": ("agrees", ""),
        "recent_orders": ("differs", "late-arrival"),
        "revenue_by_day": ("differs", "partial-group"),
        "revenue_touched": ("agrees", ""),
    }


@pytest.mark.parametrize(
    "dialect",
    ["snowflake", "bigquery", "redshift", "databricks", "postgres"],
)
def test_a_project_is_verified_as_its_twin(expected, dialect):
    found = _told(_verify(dialect))

    own = OWN.get(dialect, {})
    assert {name: found[name][0] for name in found if name not in expected} == own
    assert {name: each for name, each in found.items() if name in expected} == {
        name: each for name, each in expected.items() if name in found
    }
    assert len(found) - len(own) >= 3
