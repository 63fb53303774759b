"""Judge the latest run of each model in a project's run history."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from entity_kit.project_health.monitor.alerts import Alert

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

CHECK = "runs"
# A model's past is worth comparing with from this many successful runs on.
_ENOUGH = 5
# Below this a factor says more about the machine than about the model.
_SHORT_S = 10.0


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one model, as `run_history` has it; `seconds` may be missing.

    `unique_id` tells models of one name apart, of two packages for instance.
    """

    model: str
    status: str
    seconds: float | None
    unique_id: str = ""


def judge(
    runs: Iterable[Run], *, threshold_s: float, factor: float = 2.0, failures: int = 2
) -> list[Alert]:
    """Check each model's latest run against its past; `runs` come oldest first.

    A model is slow over `threshold_s` seconds, or over `factor` times the median of its past good
    runs, at least five of them; it fails repeatedly where its last `failures` runs all failed.
    """
    by_model: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        if run.status in {"success", "error"}:
            key = ("", run.unique_id) if run.unique_id else (run.model, "")
            by_model.setdefault(key, []).append(run)
    return [
        alert
        for _, history in sorted(by_model.items())
        for alert in _alerts(history, threshold_s, factor, failures)
    ]


def _alerts(
    history: Sequence[Run], threshold_s: float, factor: float, failures: int
) -> Iterator[Alert]:
    def alert(rule: str, reason: str, expected: str, actual: str) -> Alert:
        about = last.unique_id or last.model
        return Alert(last.model, reason, CHECK, about, rule=rule, expected=expected, actual=actual)

    last = history[-1]
    streak = 0
    for run in reversed(history):
        if run.status != "error":
            break
        streak += 1
    if streak >= failures:
        said = f"failed {streak} times in a row"
        yield alert("failed", said, "a successful run", said)
    if last.status != "success" or last.seconds is None:
        return
    took = f"{last.seconds:,.1f} s"
    if last.seconds > threshold_s:
        limit = f"{threshold_s:,.0f} s"
        reason = f"took {took}, over the threshold of {limit}"
        yield alert("slow", reason, f"at most {limit}", took)
    past = [run.seconds for run in history[:-1] if run.status == "success" and run.seconds]
    if len(past) >= _ENOUGH and last.seconds > _SHORT_S:
        usual = statistics.median(past)
        if last.seconds > factor * usual:
            times = f"{last.seconds / usual:.1f} times its usual {usual:,.1f} s"
            expected = f"at most {factor:g} times its usual {usual:,.1f} s"
            yield alert("slower", f"took {took}, {times}", expected, took)
