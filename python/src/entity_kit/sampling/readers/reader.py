"""What a sample needs from a warehouse, and how values are hashed on the way."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Protocol

from entity_kit.sampling.choice import Dialect

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from entity_kit.sampling.columns import Column
    from entity_kit.sampling.stored import Stored

# Hexadecimal digits of a masked number (60 bits) and of a masked text.
NUMBER_DIGITS, TEXT_DIGITS = 15, 32


class Reader(Dialect, Protocol):
    """A warehouse, which is only read. Its errors are EntityKitErrors."""

    adapter: str

    def relation(self, node: Mapping[str, Any]) -> str:
        """Return the SQL of a source."""
        ...

    def columns(self, node: Mapping[str, Any]) -> list[Column]:
        """Return a source's columns in order. Refuse a source that isn't there."""
        ...

    def length(self, expression: str) -> str: ...

    def ask(self, sql: str, table: str) -> list[tuple[Any, ...]]:
        """Return the rows of a small query about a table."""
        ...

    def save(
        self, source: str, pages: Sequence[str], stored: Sequence[Stored], file: Path, table: str
    ) -> int:
        """Write rows as Parquet, and return how many.

        `source` is the SQL after `from`, where the table is called t; `pages` are predicates that
        each row fulfills one of.
        """
        ...


def masked(value: str, kind: str, key: str) -> str:
    """Return the hash of a value's text: the same for the same value, in whichever table.

    It is SHA-256 of the secret key and the text, in the column's own type.
    """
    digits = hashlib.sha256((key + value).encode("utf-8", "surrogatepass")).hexdigest()
    if kind == "integer":
        return str(int(digits[:NUMBER_DIGITS], 16))
    if kind == "uuid":
        parts = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32])
        return "-".join(parts)
    return digits[:TEXT_DIGITS]
