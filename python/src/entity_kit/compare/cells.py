"""One compared column: how it is fingerprinted, and how its values are read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from entity_kit.compare.telling_text import telling_text
from entity_kit.warehouse import FLOATS, quote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from entity_kit.compare.difference import Column


# From this many bytes on, two blocks of a text's hash can cancel out.
LONG_TEXT = 16


_SIGNED = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")


_NUMBERS = frozenset({*_SIGNED, *(f"U{name}" for name in _SIGNED), *FLOATS})


# Of more than 18 digits, so that it takes 128 bits.
_WIDE_DECIMAL = re.compile(r"DECIMAL\((?:19|2\d|3\d),\d+\)")


_INSTANTS = frozenset(
    {
        "DATE",
        "TIME",
        "TIME_NS",
        "TIME WITH TIME ZONE",
        "TIMESTAMP",
        "TIMESTAMP_S",
        "TIMESTAMP_MS",
        "TIMESTAMP_NS",
        "TIMESTAMP WITH TIME ZONE",
    }
)


@dataclass(frozen=True, slots=True)
class Cell:
    """A compared column: its name in our SQL, and how each side returns its values."""

    alias: str
    name: str
    type: str
    incremental: str
    full_refresh: str

    @classmethod
    def of(cls, alias: str, column: Column) -> Cell:
        name, types = quote(column.name), (column.incremental or "", column.full_refresh or "")
        if column.agrees:
            # Under the column's own collation, different texts could be equal.
            plain = f'{name} collate "binary"' if types[0] == "VARCHAR" else name
            return cls(alias, column.name, types[0], plain, plain)
        if not all(map(is_number, types)):
            return cls(alias, column.name, "VARCHAR", f"{name}::varchar", f"{name}::varchar")
        if FLOATS & set(types):
            return cls(alias, column.name, "DOUBLE", f"{name}::double", f"{name}::double")
        # Only text can hold every integer and every decimal.
        return cls(alias, column.name, "VARCHAR", *(shortest(name, kind) for kind in types))

    @property
    def cheap(self) -> bool:
        """Whether values have a fixed width and so are quick to read again."""
        simple = self.type in _INSTANTS | {"BOOLEAN", "INTERVAL", "UUID"} or is_number(self.type)
        return simple or bool(re.fullmatch(r"ENUM\(.*\)", self.type, re.DOTALL))

    @property
    def text(self) -> bool:
        return self.type in {"VARCHAR", "JSON"}

    @property
    def traces(self) -> tuple[str, ...]:
        """Return what a fingerprint needs of a value besides its hash; see the module's docstring.

        What text needs is in `_long_texts`.
        """
        value = self.alias
        if self.type in {"HUGEINT", "UHUGEINT"} or _WIDE_DECIMAL.fullmatch(self.type):
            return (f"{value}::double",)
        if self.type in {"INTERVAL", "UUID"}:
            return (f"{value}::varchar",)
        if self.cheap or self.text:
            return ()
        return (f"{value}::varchar", f"'1234' || {value}::varchar")

    def readable(self, value: str) -> str:
        """Return the SQL that passes a value of this column to Python without loss."""
        kept = is_number(self.type) or self.type in {"BOOLEAN", "VARCHAR", "BLOB"}
        return value if kept else telling_text(value, self.type)


def long_texts(texts: Sequence[str]) -> list[str]:
    """Return the second hash of long texts.

    One condition for all of a row's texts comes first: most rows have only short ones, and a
    condition for each would cost more than their hashes.
    """
    again = [
        f"case when strlen({text}) >= {LONG_TEXT} then hash('1234' || {text}) else 0 end"
        for text in texts
    ]
    if len(texts) <= 1:
        return again
    longest = f"greatest({', '.join(f'strlen({text})' for text in texts)})"
    return [f"case when {longest} >= {LONG_TEXT} then hash({', '.join(again)}) else 0 end"]


def is_number(kind: str) -> bool:
    return kind in _NUMBERS or bool(re.fullmatch(r"DECIMAL\(\d+,\d+\)", kind))


def shortest(name: str, kind: str) -> str:
    """Return an integer or a decimal as text, without trailing zeros."""
    text = f"{name}::varchar"
    scale = re.search(r",(\d+)\)", kind)
    return f"rtrim(rtrim({text}, '0'), '.')" if scale and int(scale[1]) else text
