"""The result of comparing two relations, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from entity_kit.compare.tolerance import Rounding


Kind = Literal["changed", "only_incremental", "only_full_refresh"]


KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Comparison:
    """How many rows differ. With a key, two rows with the same key are one `changed` row."""

    only_incremental: int
    only_full_refresh: int
    changed: int

    @property
    def agrees(self) -> bool:
        return not (self.only_incremental or self.only_full_refresh or self.changed)


@dataclass(frozen=True, slots=True)
class Column:
    """A column and its type on each side; None if the side doesn't have it."""

    name: str
    incremental: str | None
    full_refresh: str | None

    @property
    def agrees(self) -> bool:
        return self.incremental == self.full_refresh

    def __str__(self) -> str:
        if self.incremental is None:
            return f"{self.name} ({self.full_refresh}) is only in full_refresh"
        if self.full_refresh is None:
            return f"{self.name} ({self.incremental}) is only in incremental"
        return f"{self.name}: {self.incremental} → {self.full_refresh}"


@dataclass(frozen=True, slots=True)
class SampleRow:
    """A row that differs.

    `row` holds the compared columns of the full refresh, or of the only side that has the row.
    `before` holds, for a `changed` row, what the incremental side has in the cells that changed.
    Values are None, bool, int, float, Decimal, str or bytes; any other type is given as DuckDB
    prints it, which loses nothing, where Python's types would.
    """

    kind: Kind
    row: dict[str, Any]
    before: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Diff:
    """What a comparison found.

    `changed_columns` says for each column in how many `changed` rows it differs; columns that
    never do are left out. `rounding` says of each column of floats where it differs by rounding
    alone, which is no difference.
    """

    columns: tuple[Column, ...]
    key: tuple[str, ...]
    rows_incremental: int
    rows_full_refresh: int
    comparison: Comparison
    changed_columns: dict[str, int]
    sample: tuple[SampleRow, ...]
    rounding: tuple[Rounding, ...] = ()

    @property
    def schema_changes(self) -> tuple[str, ...]:
        """Return the columns that are on one side only or have another type there."""
        return tuple(str(column) for column in self.columns if not column.agrees)

    @property
    def agrees(self) -> bool:
        return self.comparison.agrees and not self.schema_changes
