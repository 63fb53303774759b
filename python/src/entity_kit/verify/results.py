"""The result of a verification, as frozen values; verdicts are properties."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from entity_kit.compare.tolerance import merged
from entity_kit.errors import ExitCode

if TYPE_CHECKING:
    from datetime import datetime

    from entity_kit.arrivals.behind import RowsBehind
    from entity_kit.arrivals.cases import Case
    from entity_kit.arrivals.lateness import Lateness
    from entity_kit.causes.cause import Cause
    from entity_kit.compare.difference import SampleRow
    from entity_kit.compare.tolerance import Rounding
    from entity_kit.replay.keeping import Kept
    from entity_kit.replay.outcome import Failure, Step


class Verdict(str, Enum):
    """The verdicts on a model under a schedule, worst last."""

    AGREES = "agrees"
    DECLARED = "declared"
    NONDETERMINISTIC = "nondeterministic"
    SKIPPED = "skipped"
    UNSUPPORTED = "unsupported"
    FAILED = "failed"
    DIFFERS = "differs"

    @property
    def agrees(self) -> bool:
        """Whether nothing counts against the model."""
        return self in {Verdict.AGREES, Verdict.DECLARED}


_RANK = list(Verdict)


def worst(verdicts: list[Verdict]) -> Verdict:
    """Return the worst of several verdicts, or `agrees` if there are none."""
    return max(verdicts, key=_RANK.index, default=Verdict.AGREES)


@dataclass(frozen=True, slots=True)
class ScheduleResult:
    """One model under one schedule.

    Under the name `examples`: how many were tried, or the case that one of them was shrunk to.
    `rounding` says where floats differed by rounding alone, which is no difference.
    `altered` counts the rows that the schedule altered, None if it alters none by its nature;
    `untried` says why it put nothing to the test that `arrival` doesn't.
    """

    schedule: str
    steps: tuple[Step, ...]
    failure: Failure | None = None
    nondeterministic: tuple[str, ...] = ()
    # Of these, columns that differ only in the order of a list.
    reordered: tuple[str, ...] = ()
    cause: Cause | None = None
    sample: tuple[SampleRow, ...] = ()
    case: Case | None = None
    examples: int = 0
    rounding: tuple[Rounding, ...] = ()
    altered: int | None = None
    untried: str = ""
    # Both sides of the first difference, with --keep.
    kept: Kept | None = None
    # The columns that tell the model's rows apart, and the source rows behind those of the sample.
    key: tuple[str, ...] = ()
    behind: tuple[RowsBehind, ...] = ()

    @property
    def verdict(self) -> Verdict:
        if any(step.differs for step in self.steps):
            return Verdict.DIFFERS
        if self.nondeterministic:
            return Verdict.NONDETERMINISTIC
        if self.failure is not None:
            if self.failure.behind:
                return Verdict.SKIPPED
            return Verdict.UNSUPPORTED if self.failure.unsupported else Verdict.FAILED
        if any(step.declared for step in self.steps):
            return Verdict.DECLARED
        return Verdict.AGREES

    @property
    def divergence(self) -> Step | None:
        """The first step that differs."""
        if self.verdict is Verdict.NONDETERMINISTIC:
            return next((s for s in self.steps if s.chance), None)
        return next((s for s in self.steps if s.differs), None)

    @property
    def only_metrics(self) -> bool:
        """Whether it differs from the metrics whose table it is, and never from its full refresh."""
        bad = [step for step in self.steps if step.differs]
        return bool(bad) and all(step.is_refresh for step in bad)

    @property
    def heals(self) -> bool:
        """Whether the model differs at some step but not at the last one."""
        return self.divergence is not None and self.steps[-1].agrees


@dataclass(frozen=True, slots=True)
class ModelResult:
    """One model under all its schedules.

    `path` is its file, relative to the project, and `text` what is in the file. A result that was
    kept from an earlier verification says when that was: `verified_at`.
    """

    name: str
    unique_id: str
    schedules: tuple[ScheduleResult, ...]
    notes: tuple[str, ...] = ()
    path: str = ""
    text: str = field(default="", repr=False)
    verified_at: datetime | None = None

    @property
    def verdict(self) -> Verdict:
        return worst([schedule.verdict for schedule in self.schedules])

    @property
    def inherited_from(self) -> tuple[str, ...]:
        """The models to blame, if this one isn't wrong by itself under any schedule."""
        causes = [s.cause for s in self.schedules if not s.verdict.agrees]
        if not all(cause is not None and cause.inherited_from for cause in causes):
            return ()
        return tuple(dict.fromkeys(n for cause in causes if cause for n in cause.inherited_from))

    @property
    def through(self) -> tuple[str, ...]:
        """The models through which it reads the models to blame."""
        causes = [s.cause for s in self.schedules if s.cause is not None]
        return tuple(dict.fromkeys(n for cause in causes for n in cause.through))

    @property
    def skipped_behind(self) -> str:
        """The failed model because of which this one wasn't judged under any schedule."""
        bad = [s for s in self.schedules if not s.verdict.agrees]
        if not bad or any(s.verdict is not Verdict.SKIPPED or s.failure is None for s in bad):
            return ""
        return bad[0].failure.behind if bad[0].failure else ""

    @property
    def rounding(self) -> tuple[Rounding, ...]:
        """Where floats differed only by rounding, with the greatest of each number."""
        return merged(each for schedule in self.schedules for each in schedule.rounding)


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of wall time: in all, in dbt (its runs and the models' SQL), and in comparing."""

    total_s: float
    dbt_s: float
    compare_s: float


@dataclass(frozen=True, slots=True)
class VerifyResult:
    """The whole result. `notes` are facts about sources; `left_out` are models that can't take part.

    `lateness` is that of the sources, where it was asked for. `selection` is what limits the result
    to a part of the project, as on the command line; `ran_at` is when the verification began.
    `synthetic`: the rows of the sources were made up.
    """

    models: tuple[ModelResult, ...]
    seed: int
    steps: tuple[datetime, ...]
    timing: Timing
    notes: tuple[str, ...] = ()
    left_out: tuple[tuple[str, str], ...] = field(default=())
    lateness: tuple[Lateness, ...] = ()
    selection: tuple[str, ...] = ()
    ran_at: datetime | None = None
    synthetic: bool = False

    @property
    def verdict(self) -> Verdict:
        return worst([model.verdict for model in self.models])

    @property
    def agrees(self) -> bool:
        return self.exit_code is ExitCode.AGREES

    @property
    def exit_code(self) -> ExitCode:
        if self.verdict in {Verdict.DIFFERS, Verdict.NONDETERMINISTIC}:
            return ExitCode.DIFFERS
        if self.verdict in {Verdict.FAILED, Verdict.UNSUPPORTED, Verdict.SKIPPED}:
            return ExitCode.DBT_FAILED
        return ExitCode.AGREES
