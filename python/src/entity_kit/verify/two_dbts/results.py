"""The comparison of two dbts, as frozen values; verdicts are properties."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from entity_kit.errors import ExitCode
from entity_kit.verify.results import Verdict, worst

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from entity_kit.causes.cause import Cause
    from entity_kit.compare.difference import SampleRow
    from entity_kit.compare.tolerance import Rounding
    from entity_kit.replay.keeping import Kept
    from entity_kit.replay.outcome import Failure, Step
    from entity_kit.verify.results import ModelResult, Timing

FULL_REFRESH, INCREMENTAL = "full refresh", "incremental"
# A run that is told to read no rows. It counts as a schedule of its own.
EMPTY_RUN, EMPTY = "empty run", "--empty"


class Pairing(str, Enum):
    """What two dbts make of a model, worst last. `failed` and `skipped` are so under both."""

    SAME = "same"
    NONDETERMINISTIC = "nondeterministic"
    SKIPPED = "skipped"
    FAILED = "failed"
    PARTS = "parts"


_RANK = list(Pairing)


def _worst(found: Iterable[Pairing]) -> Pairing:
    return max(found, key=_RANK.index, default=Pairing.SAME)


@dataclass(frozen=True, slots=True)
class Dbt:
    """One of the two. `executable` is None for dbt-core in this Python; `label` tells it from the other."""

    version: str
    executable: str | None
    label: str


@dataclass(frozen=True, slots=True)
class CompiledSql:
    """What a model, or one that it reads, was compiled to under each dbt, where they part."""

    model: str
    dbt: str
    against: str


@dataclass(frozen=True, slots=True)
class PairedSide:
    """One side of a schedule, incremental or full refresh, as two dbts built it.

    `failures` are those of each dbt. In a step, what is called incremental is the first dbt's table,
    and what is called full refresh the other's.
    """

    side: str
    steps: tuple[Step, ...] = ()
    failures: tuple[Failure | None, Failure | None] = (None, None)
    nondeterministic: tuple[str, ...] = ()
    unfair: bool = False
    sample: tuple[SampleRow, ...] = ()
    rounding: tuple[Rounding, ...] = ()
    cause: Cause | None = None
    kept: Kept | None = None
    sql: tuple[CompiledSql, ...] = ()

    @property
    def parts_at(self) -> int | None:
        """The first step at which the two part, if they do."""
        ours, theirs = self.failures
        if self.divergence is not None:
            return self.divergence.number
        if (ours is None) != (theirs is None):
            return (ours or theirs).step  # type: ignore[union-attr]  # one of them is there
        return None

    @property
    def divergence(self) -> Step | None:
        """The first step whose tables differ."""
        return next((step for step in self.steps if step.differs), None)

    @property
    def failed_on(self) -> int | None:
        """Which of the two failed, if one alone did: 0 for the first dbt."""
        ours, theirs = self.failures
        if (ours is None) == (theirs is None):
            return None
        return 0 if ours is not None else 1

    @property
    def heals(self) -> bool:
        """Whether the tables differ at some step but not at the last one."""
        return self.failures == (None, None) and bool(self.steps) and not self.steps[-1].differs

    @property
    def verdict(self) -> Pairing:
        if self.parts_at is not None:
            return Pairing.PARTS
        failures = [each for each in self.failures if each is not None]
        if failures:
            skipped = all(each.behind for each in failures)
            return Pairing.SKIPPED if skipped else Pairing.FAILED
        return Pairing.NONDETERMINISTIC if self.nondeterministic or self.unfair else Pairing.SAME


@dataclass(frozen=True, slots=True)
class PairedSchedule:
    """Both sides of a model under one schedule."""

    schedule: str
    sides: tuple[PairedSide, ...]

    @property
    def verdict(self) -> Pairing:
        return _worst(side.verdict for side in self.sides)

    @property
    def parting(self) -> PairedSide | None:
        """The side on which the two part first; the full refresh, if they do so on both."""
        parted = [side for side in self.sides if side.parts_at is not None]
        return min(parted, key=lambda side: side.parts_at or 0, default=None)


@dataclass(frozen=True, slots=True)
class PairedModel:
    """A model under two dbts; `verified` is what verify says of it under each."""

    name: str
    unique_id: str
    path: str
    schedules: tuple[PairedSchedule, ...]
    verified: tuple[ModelResult, ModelResult]

    @property
    def verdict(self) -> Pairing:
        return _worst(schedule.verdict for schedule in self.schedules)

    @property
    def agrees(self) -> bool:
        """Whether nothing counts against the model, or against one of the two dbts."""
        return self.verdict is Pairing.SAME and all(each.verdict.agrees for each in self.verified)


@dataclass(frozen=True, slots=True)
class TwoDbts:
    """The whole result. `left_out` are models that can't take part, with the reason."""

    dbts: tuple[Dbt, Dbt]
    models: tuple[PairedModel, ...]
    seed: int
    steps: tuple[datetime, ...]
    timing: Timing
    notes: tuple[str, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()

    @property
    def verdict(self) -> Pairing:
        return _worst(model.verdict for model in self.models)

    @property
    def verified(self) -> tuple[Verdict, Verdict]:
        """The worst verdict of verify under each dbt."""
        ours, theirs = (
            worst([model.verified[number].verdict for model in self.models]) for number in (0, 1)
        )
        return ours, theirs

    @property
    def exit_code(self) -> ExitCode:
        wrong = {Verdict.DIFFERS, Verdict.NONDETERMINISTIC}
        if self.verdict in {Pairing.PARTS, Pairing.NONDETERMINISTIC} or wrong & {*self.verified}:
            return ExitCode.DIFFERS
        if self.verdict is not Pairing.SAME or not all(each.agrees for each in self.verified):
            return ExitCode.DBT_FAILED
        return ExitCode.AGREES
