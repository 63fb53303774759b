"""The cases of `anomalies` that the tests compile once, and series for them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import hypothesis.strategies as st
from anomaly_reference import FIRST, anomalies

CASES: dict[str, dict[str, Any]] = {
    "plain": {},
    "robust": {"method": "robust", "window": 5, "min_history": 3},
    "up": {"window": 3, "min_history": 2, "threshold": 1, "direction": "up"},
    "robust_down": {"method": "robust", "window": 4, "min_history": 2, "threshold": 1, "direction": "down"},
    "weekdays": {"window": 2, "min_history": 2, "threshold": 1, "season": "weekday"},
    "floor": {"window": 3, "min_history": 2, "min_deviation": 1.5},
    "hours_of_week": {"window": 2, "min_history": 2, "threshold": 1, "season": "hour_of_week", "grain": "hour"},
    "weeks": {"window": 3, "min_history": 2, "threshold": 1.5, "grain": "week"},
    "months": {"window": 2, "min_history": 2, "threshold": 1, "season": "month", "grain": "month"},
    "without": {"window": 4, "min_history": 2, "threshold": 1.5, "exclude_anomalies": True},
    "robust_without": {"method": "robust", "window": 4, "min_history": 2, "threshold": 1.5, "exclude_anomalies": True},
    "weekdays_without": {"window": 3, "min_history": 2, "threshold": 1, "season": "weekday", "exclude_anomalies": True},
}  # fmt: skip
COLUMNS = {
    "g": "varchar(9)",
    "period": "timestamp",
    "value": "double precision",
    "loaded_at": "timestamp",
}
TABLE = (
    "create table series (" + ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items()) + ")"
)
SOURCES = "sources: [{name: raw, schema: SCHEMA, tables: [{name: series}]}]"
SHOWN = "g, period_start, history, expected, lower, upper, score, status"


def model(case: dict[str, Any], **more: Any) -> str:
    """Write the model of a case."""
    arguments = {"period": "period", "by": "g", "loaded_at": "loaded_at", **case, **more}
    written = ", ".join(f"{name}={value!r}" for name, value in arguments.items())
    return "{{ entity_kit.anomalies(source('raw', 'series'), 'value', " + written + ") }}"


def literal(value: Any) -> str:
    return "null" if value is None else f"'{value}'"


def insert(rows: list[dict[str, Any]]) -> str:
    """Write the statement that shows these rows, and no others."""
    values = ", ".join("(" + ", ".join(literal(row[c]) for c in COLUMNS) + ")" for row in rows)
    return "delete from series;" + (f" insert into series values {values};" if rows else "")


SIZES = {"hour": dt.timedelta(hours=1), "week": dt.timedelta(weeks=1)}


@st.composite
def series(draw: Any, case: dict[str, Any], length: int = 12) -> list[dict[str, Any]]:
    """Draw some groups with a row of nearly each period; late, restated, doubled, and NULL ones among them."""
    grain = case.get("grain", "day")
    stride = {"weekday": 7, "hour_of_week": 168, "month": 12}.get(case.get("season"), 1)
    rows = []
    # Many groups in one query, because a query costs more than its rows.
    for group in ["a", "b", "c", "d", "e", None][: draw(st.integers(1, 6))]:
        # Before and after the day from which periods are counted.
        first = draw(st.integers(-3 * stride, 2))
        for number in range(draw(st.integers(0, length))):
            # Mostly periods of one season, and some beside it.
            moved = first + number * stride + draw(st.sampled_from([0, 0, 0, 0, 1, 1 - stride]))
            period: Any = FIRST + moved * SIZES.get(grain, dt.timedelta(days=1))
            if grain == "month":
                period = FIRST.replace(year=2001 + moved // 12, month=moved % 12 + 1)
            if draw(st.integers(0, 40)) == 0:
                period = None
            value = draw(
                st.one_of(
                    st.integers(8, 12),
                    st.just(10),
                    st.sampled_from([0.1, 40, -30, 1e-3]),
                    st.sampled_from([None, "nan", "-infinity", 1e200, 1e149]),
                )
                if draw(st.integers(0, 3)) == 0
                else st.integers(8, 12)
            )
            late = draw(st.sampled_from([1, 1, 1, 1, 2, 3, -1]))
            loaded = (period or FIRST) + late * stride * dt.timedelta(hours=30)
            rows.append(
                {
                    "g": group,
                    "period": period
                    if period is None
                    else period + dt.timedelta(minutes=draw(st.integers(0, 59))),
                    "value": float(value) if isinstance(value, str) else value,
                    "loaded_at": None if draw(st.integers(0, 30)) == 0 else loaded,
                }
            )
    return rows


def assert_equals_reference(
    found: list[tuple[Any, ...]], rows: list[dict[str, Any]], case: dict[str, Any]
) -> None:
    """Hold the rows of a table to the reference, its floats within rounding noise."""
    expected = anomalies(rows, **case)
    assert len(found) == len(expected)
    for group, period, *rest in found:
        at = None if period is None else dt.datetime(*period.timetuple()[:6])  # noqa: DTZ001
        for mine, theirs in zip(rest, expected[group, at], strict=True):
            is_near = mine == theirs
            if isinstance(mine, float) and isinstance(theirs, float):
                is_near = abs(mine - theirs) <= 1e-9 * max(abs(mine), abs(theirs), 1)
            assert is_near, f"{group} {period}: {rest}, not {expected[group, at]}, of {rows}"
