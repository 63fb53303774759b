"""`anomalies` in plain Python, one point after another, from its written semantics and not from its SQL."""

from __future__ import annotations

import datetime as dt
import math
import statistics
from typing import Any

Row = dict[str, Any]
STRIDES = {None: 1, "weekday": 7, "hour_of_week": 168, "month": 12}
FIRST = dt.datetime(2001, 1, 1)  # noqa: DTZ001 - a Monday, the start of every period


def period_of(instant: Any, grain: str) -> dt.datetime | None:
    """Return the start of the period in which an instant lies."""
    if instant is None:
        return None
    at = dt.datetime(*instant.timetuple()[:6])  # noqa: DTZ001
    if grain == "hour":
        return at.replace(minute=0, second=0)
    day = at.replace(hour=0, minute=0, second=0)
    if grain == "week":
        return day - dt.timedelta(days=day.weekday())
    return day.replace(day=1) if grain == "month" else day


def back(period: dt.datetime, number: int, grain: str) -> dt.datetime:
    """Return the period so many periods earlier."""
    if grain == "month":
        month = period.year * 12 + period.month - 1 - number
        return period.replace(year=month // 12, month=month % 12 + 1)
    unit = {"hour": "hours", "day": "days", "week": "weeks"}[grain]
    return period - dt.timedelta(**{unit: number})


def baseline_says(values: list[float], method: str) -> tuple[float, float]:
    """Return what a baseline expects, and its deviation."""
    if method == "zscore":
        return statistics.fmean(values), statistics.stdev(values)
    middle = statistics.median(values)
    return middle, 1.4826 * statistics.median(abs(value - middle) for value in values)


def as_number(value: Any) -> float | None:
    if value is None or math.isnan(value) or abs(float(value)) >= 1e150:
        return None
    return float(value)


def verdict(
    values: list[float],
    value: float,
    *,
    method: str,
    threshold: float,
    direction: str,
    least: float,
) -> tuple[str, float, float, float, float | None]:
    """Return the status of a value with enough history, what is expected, and the score."""
    expected, deviation = baseline_says(values, method)
    deviation = max(deviation, least)
    lower, upper = expected - threshold * deviation, expected + threshold * deviation
    noise = 1e-12 * abs(expected) + 1e-100
    if deviation <= noise:
        same = abs(value - expected) <= noise
        return ("normal" if same else "no_deviation"), expected, lower, upper, 0.0 if same else None
    score = (value - expected) / deviation
    is_outside = (direction != "down" and value > upper) or (direction != "up" and value < lower)
    return ("anomaly" if is_outside else "normal"), expected, lower, upper, score


def without_verdict(own: list[Row], period: Any, now: Any, number: float | None) -> str | None:
    """Return the status of a point that isn't judged whatever its history."""
    if period is None:
        return "no_period"
    if len(own) > 1:
        return "several_rows"
    if now is None or period >= now:
        return "not_over"
    return "no_value" if number is None else None


def anomalies(
    rows: list[Row],
    *,
    method: str = "zscore",
    window: int = 7,
    min_history: int = 7,
    threshold: float = 2.5,
    season: str | None = None,
    direction: str = "both",
    grain: str = "day",
    exclude_anomalies: bool = False,
    min_deviation: float = 0,
) -> dict[Any, tuple[Any, ...]]:
    """Return (history, expected, lower, upper, score, status) by group and period."""
    arrivals = [row["loaded_at"] for row in rows if row["loaded_at"] is not None]
    now = period_of(max(arrivals), grain) if arrivals else None
    found: dict[Any, list[Row]] = {}
    for row in rows:
        found.setdefault((row["g"], period_of(row["period"], grain)), []).append(row)
    numbers = {
        point: as_number(own[0]["value"])
        for point, own in found.items()
        if len(own) == 1 and point[1] is not None
    }
    left_out: set[Any] = set()
    result: dict[Any, tuple[Any, ...]] = {}
    for point in sorted(found, key=lambda each: (str(each[0]), each[1] or FIRST)):
        group, period = point
        values = []
        for lag in range(1, window + 1) if period is not None else ():
            before = (group, back(period, lag * STRIDES[season], grain))
            if numbers.get(before) is not None and before not in left_out:
                values.append(numbers[before])
        expected, lower, upper, score = None, None, None, None
        number = numbers.get(point)
        status = without_verdict(found[point], period, now, number)
        judged = "too_little_history"
        if len(values) >= min_history:
            judged, expected, lower, upper, score = verdict(
                values, 0.0 if number is None else number,
                method=method, threshold=threshold, direction=direction, least=min_deviation,
            )  # fmt: skip
        status = status or judged
        if status == "anomaly" and exclude_anomalies:
            left_out.add(point)
        result[point] = (
            len(values),
            expected,
            None if direction == "up" else lower,
            None if direction == "down" else upper,
            score if status in ("normal", "anomaly") else None,
            status,
        )
    return result
