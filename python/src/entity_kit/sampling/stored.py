"""The columns of a stored table: their types, and what happens to their values on the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from entity_kit.sampling.masks import KEEP, Mask

if TYPE_CHECKING:
    from entity_kit.sampling.columns import Column


@dataclass(frozen=True, slots=True)
class Stored:
    """A column to store, and its rule."""

    column: Column
    mask: Mask = KEEP

    @property
    def is_read(self) -> bool:
        """Return whether its values leave the warehouse. Of the other columns, none does."""
        return self.mask.rule in {"keep", "hash"}


def stored_type(stored: Stored) -> str:
    """Return the type in which a column is stored."""
    kind = stored.column.type
    if stored.mask.rule == "hash" and stored.column.kind == "integer":
        return "BIGINT"
    # Parquet has no larger integers, and would round them.
    return "DECIMAL(38,0)" if kind.upper() in {"HUGEINT", "UHUGEINT"} else kind
