"""The result of a replay for a model: its steps, its failure, and the facts of its first divergence."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from entity_kit.compare.difference import Comparison, Diff, SampleRow
    from entity_kit.compare.tolerance import Rounding
    from entity_kit.dbt_bridge.dialect import Unsupported
    from entity_kit.dbt_bridge.metric_values import Reconciled
    from entity_kit.replay.keeping import Kept


@dataclass(frozen=True, slots=True)
class Step:
    """The comparison after one step; `declared` if only declared columns differ.

    `chance` where nothing but chance differs: the order of a list, or what no two full refreshes
    agree in.
    """

    number: int
    at: datetime
    comparison: Comparison
    schema_changes: tuple[str, ...] = ()
    declared: bool = False
    chance: bool = False
    # The metrics whose table it is, and that it doesn't equal.
    metrics: tuple[Reconciled, ...] = ()

    @property
    def is_refresh(self) -> bool:
        """Whether the incremental table equals its full refresh."""
        return self.comparison.agrees and not self.schema_changes

    @property
    def agrees(self) -> bool:
        return self.is_refresh and not self.metrics

    @property
    def differs(self) -> bool:
        """Whether something differs that counts against the model."""
        return bool(self.metrics) or not (self.is_refresh or self.declared or self.chance)


@dataclass(frozen=True, slots=True)
class Failure:
    """A model that dbt couldn't build: at which step, on which side, and dbt's message.

    `behind` names the model that failed, where this one never ran because of it. `unsupported` is what
    of that model's SQL can't be translated, if that is why.
    """

    step: int
    side: str
    message: str
    behind: str = ""
    unsupported: Unsupported | None = None

    @property
    def word(self) -> str:
        """What happened, in the words for a model."""
        return "is unsupported" if self.unsupported is not None else "failed"


@dataclass(frozen=True, slots=True)
class Signature:
    """Which kinds of difference there are; `empty`: the incremental table has no rows."""

    empty: bool
    only_incremental: bool
    only_full_refresh: bool
    changed: bool
    null_keys: bool
    extra_copies: bool

    def allows(self, found: Comparison, *, empty: bool) -> bool:
        """Return whether all kinds of another difference are among this one's."""
        return not (
            (empty and not self.empty)
            or (found.only_incremental and not self.only_incremental)
            or (found.only_full_refresh and not self.only_full_refresh)
            or (found.changed and not self.changed)
        )


@dataclass(frozen=True, slots=True)
class Facts:
    """What can be counted at a model's first divergence, while both tables are available."""

    state: int
    diff: Diff
    # Extra rows with NULL in the unique_key; keys that have several rows in the full refresh;
    # differing rows whose key is none of these; rows that the incremental table has too often.
    null_keys: int
    duplicate_keys: int
    unique_key_rows: int
    extra_copies: int
    incremental_sql: str
    full_refresh_sql: str
    # Wrong rows beside another one of their key, of which the full refresh has one.
    earlier_versions: int = 0
    # What dbt compiled the model's ancestors to, by their names.
    ancestors_sql: Mapping[str, str] = field(default_factory=dict)
    # Of this SQL, as sqlglot names it.
    dialect: str = "duckdb"
    # Differing columns: of which the order of a list is all that differs, and with one value in all
    # rows of the full refresh.
    reordered: tuple[str, ...] = ()
    constants: tuple[str, ...] = ()

    @property
    def signature(self) -> Signature:
        """Return the kinds of difference. Schedules with the same kinds share their cause."""
        counts = self.diff.comparison
        return Signature(
            empty=not self.diff.rows_incremental,
            only_incremental=bool(counts.only_incremental),
            only_full_refresh=bool(counts.only_full_refresh),
            changed=bool(counts.changed),
            null_keys=bool(self.null_keys),
            extra_copies=bool(self.extra_copies),
        )


@dataclass(slots=True)
class Outcome:
    """What one model did under one schedule so far."""

    steps: list[Step] = field(default_factory=list)
    failure: Failure | None = None
    facts: Facts | None = None
    sample: tuple[SampleRow, ...] = ()
    # Columns in which chance differs. Where these are all that differs, `apart` leaves them out.
    nondeterministic: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    # Of these, columns that differ in the order of a list only.
    reordered: tuple[str, ...] = ()
    # Of these, columns with one value in all rows of a full refresh, and another in the next one;
    # and whether that was seen of more than one row.
    drawn_by_run: tuple[str, ...] = ()
    drawn_is_sure: bool = False
    # Whether they hold what the model's Jinja pastes into its SQL, which is another text in each run.
    pasted: bool = False
    # Whether two full refreshes differ in more than can be left out: then nothing is a difference.
    unfair: bool = False
    # Columns with one value in all rows of the full refresh, and the outcome without them.
    constants: tuple[str, ...] = ()
    without: Outcome | None = None
    # Columns that are ignored, or may diverge, and did differ.
    excused: set[str] = field(default_factory=set)
    # Where floats differed by rounding alone, at any step.
    rounding: tuple[Rounding, ...] = ()
    # Whether the incremental table had no row, when it was last compared.
    empty: bool = False
    # Both sides of the first difference, where they were kept.
    kept: Kept | None = None

    @property
    def differs(self) -> bool:
        """Whether a step differed in a way that counts against the model."""
        return any(step.differs for step in self.steps)

    def first_differs_at(self, state: int) -> bool:
        """Return whether this state is the first to show a difference, whose facts are known."""
        return self.differs and self.facts is not None and self.facts.state == state

    def leave_out(self, columns: Sequence[str], reordered: Sequence[str] = ()) -> None:
        """Ignore nondeterministic columns in the comparison; for some, only the order of a list."""
        self.reordered = (*self.reordered, *reordered)
        self.apart = (*self.apart, *columns)
        self.nondeterministic = (*self.nondeterministic, *columns)
