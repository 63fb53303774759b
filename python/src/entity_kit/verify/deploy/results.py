"""What a deploy does to each model, as frozen values; verdicts are properties."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from entity_kit.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from entity_kit.compare.difference import Comparison, Diff, SampleRow
    from entity_kit.replay.outcome import Failure, Step
    from entity_kit.verify.results import Timing


class Verdict(str, Enum):
    """The verdicts on a model, worst last."""

    UNCHANGED = "unchanged"
    SAFE = "safe"
    HEALS = "heals"
    NEEDS = "needs a full refresh"
    FAILS = "fails"


_RANK = list(Verdict)
# What mends any table, before the names of the models.
FULL_REFRESH = ("dbt", "run", "--full-refresh", "--select")


def worst(verdicts: list[Verdict]) -> Verdict:
    """Return the worst of several verdicts, or `unchanged` if there are none."""
    return max(verdicts, key=_RANK.index, default=Verdict.UNCHANGED)


@dataclass(frozen=True, slots=True)
class Merge:
    """One model whose code changed after step `at`: the comparisons and the failure that followed."""

    at: int
    steps: tuple[Step, ...]
    failure: Failure | None = None

    @property
    def verdict(self) -> Verdict:
        if self.failure is not None:
            return Verdict.FAILS
        if not any(step.differs for step in self.steps):
            return Verdict.SAFE
        return Verdict.NEEDS if self.steps[-1].differs else Verdict.HEALS

    @property
    def wrong_runs(self) -> int:
        """After how many runs the table last differed from its full refresh; 0 if it never did."""
        return max((step.number - self.at for step in self.steps if step.differs), default=0)


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong in the table in the end, after the merge that left most.

    `columns` counts the changed rows by column, `schema_changes` says which columns are on one side
    only or have another type. `period` has the first and the last value of a time column among the
    rows that differ, `keys` some of their keys.
    """

    merge: int
    comparison: Comparison
    rows: int
    columns: Mapping[str, int] = field(default_factory=dict)
    schema_changes: tuple[str, ...] = ()
    period: tuple[str, str, str] | None = None
    key: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    sample: tuple[SampleRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Mend:
    """A command that was tried, after which the table equals its full refresh.

    `share` is the part of the table's rows that it rebuilds: none where the next run makes the table
    right once the command has run for what it is built from.
    """

    command: tuple[str, ...]
    share: float


@dataclass(frozen=True, slots=True)
class DeployedModel:
    """What a change does to one model.

    `why` says how the change reaches it. `numbers` compares the full refreshes of both versions: the
    old one is the `incremental` side. `same_form`: what dbt compiles differs only in form.
    """

    name: str
    unique_id: str
    path: str = ""
    why: str = ""
    same_form: bool = False
    merges: tuple[Merge, ...] = ()
    wrong: Wrong | None = None
    mend: Mend | None = None
    numbers: Diff | None = None
    notes: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        if self.same_form:
            return Verdict.UNCHANGED
        return worst([Verdict.SAFE, *(merge.verdict for merge in self.telling)])

    @property
    def telling(self) -> tuple[Merge, ...]:
        """The merges whose verdict counts.

        One after which the replay ends too early to see the table heal says nothing, if it healed
        after an earlier merge and took more runs than are left.
        """
        healed = [m.wrong_runs for m in self.merges if m.verdict is Verdict.HEALS]
        return tuple(
            merge
            for merge in self.merges
            if not (
                merge.verdict is Verdict.NEEDS and any(merge.wrong_runs <= runs for runs in healed)
            )
        )

    @property
    def heals_after(self) -> int:
        """How many runs it takes until a table that heals is right, at most; 0 for any other."""
        if self.verdict is not Verdict.HEALS:
            return 0
        return max((merge.wrong_runs + 1 for merge in self.telling if merge.wrong_runs), default=0)

    @property
    def failure(self) -> tuple[Merge, Failure] | None:
        """The first merge after which it fails, and how."""
        found = ((m, m.failure) for m in self.merges if m.failure is not None)
        return next(found, None)


@dataclass(frozen=True, slots=True)
class DeployResult:
    """The whole result: from which revision and commit, after which steps it was merged."""

    revision: str
    commit: str
    models: tuple[DeployedModel, ...]
    steps: tuple[datetime, ...]
    merges: tuple[int, ...]
    timing: Timing
    notes: tuple[str, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()

    @property
    def verdict(self) -> Verdict:
        return worst([model.verdict for model in self.models])

    @property
    def exit_code(self) -> ExitCode:
        """As of `verify`: a difference goes before a failure."""
        verdicts = {model.verdict for model in self.models}
        if verdicts & {Verdict.HEALS, Verdict.NEEDS}:
            return ExitCode.DIFFERS
        return ExitCode.DBT_FAILED if Verdict.FAILS in verdicts else ExitCode.AGREES
