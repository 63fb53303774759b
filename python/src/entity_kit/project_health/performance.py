"""A model's last thirty runs, and the statistics of the package's `model_performance`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from entity_kit.errors import EntityKitError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

LOOKED_AT = 30
# The latest of them, which `trend` compares with the earlier ones.
_RECENT = 10


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits for a problem: the average in seconds, and the share of failed runs."""

    seconds: float = 300.0
    failure_rate: float = 0.05


@dataclass(frozen=True, slots=True)
class PastRun:
    """One run that ended in success or error; `seconds` may be missing."""

    unique_id: str
    model: str
    status: str
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Performance:
    """A model's runs, the oldest first."""

    unique_id: str
    model: str
    runs: tuple[PastRun, ...]

    @property
    def last_status(self) -> str:
        return self.runs[-1].status

    @property
    def average_s(self) -> float | None:
        return _mean(_seconds(self.runs))

    @property
    def worst_s(self) -> float | None:
        return max(_seconds(self.runs), default=None)

    @property
    def failure_rate(self) -> float:
        return sum(run.status == "error" for run in self.runs) / len(self.runs)

    @property
    def trend(self) -> float | None:
        """The average of the last ten runs divided by that of the earlier ones; above 1 is slower."""
        recent = _mean(_seconds(self.runs[-_RECENT:]))
        earlier = _mean(_seconds(self.runs[:-_RECENT]))
        return recent / earlier if recent is not None and earlier else None

    def problems(self, limits: Limits) -> tuple[str, ...]:
        """Return `slow` and `failing`, if they apply."""
        slow = (self.average_s or 0) > limits.seconds
        failing = self.failure_rate > limits.failure_rate
        return (*(("slow",) if slow else ()), *(("failing",) if failing else ()))


def read_performance(runs: Iterable[PastRun]) -> list[Performance]:
    """Return each model's last thirty runs; `runs` come oldest first."""
    by_model: dict[str, list[PastRun]] = {}
    for run in runs:
        if run.status in {"success", "error"}:
            by_model.setdefault(run.unique_id, []).append(run)
    return [
        Performance(unique_id, past[-1].model, tuple(past[-LOOKED_AT:]))
        for unique_id, past in sorted(by_model.items())
    ]


def read_limits(variables: Mapping[str, Any]) -> Limits:
    """Return the limits of the variables `entity_kit_slow_seconds` and `entity_kit_failure_rate`."""
    given = {}
    for field, name in (
        ("seconds", "entity_kit_slow_seconds"),
        ("failure_rate", "entity_kit_failure_rate"),
    ):
        value = variables.get(name)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise EntityKitError(
                f"The variable {name} must be a number, 0 or more; got {value!r}.",
                fix="Write it without quotes.",
            )
        given[field] = float(value)
    return Limits(**given)


def _seconds(runs: Sequence[PastRun]) -> list[float]:
    return [run.seconds for run in runs if run.status == "success" and run.seconds is not None]


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
