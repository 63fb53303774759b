"""The columns of a source, by DuckDB's types, in which a sample stores them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import sqlglot.errors
from sqlglot import exp

from entity_kit.errors import EntityKitError, closest_word
from entity_kit.warehouse import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_INTEGERS = re.compile(r"U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?")
_NUMBERS = re.compile(r"FLOAT|REAL|DOUBLE|(?:DECIMAL|NUMERIC)(?:\(.*\))?")
_TIMES = re.compile(r"DATE|TIME\b.*|TIMETZ|TIMESTAMP.*|INTERVAL")
_TEXTS = re.compile(r"(?:VARCHAR|TEXT|CHAR|STRING)(?:\(.*\))?")
_NESTED = re.compile(r".*\[\d*\]|(?:STRUCT|MAP)\(.*\)|JSON", re.DOTALL)
# By the adapter's name, where sqlglot has another.
_DIALECTS = {"sqlserver": "tsql", "synapse": "tsql", "fabric": "tsql", "athena": "athena"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the warehouse: its name there, and the type in which a sample stores it."""

    name: str
    type: str

    @property
    def kind(self) -> str:
        """Return integer, number, boolean, time, text, uuid, enum, nested, or other."""
        kind = self.type.upper()
        for name, pattern in (
            ("integer", _INTEGERS),
            ("number", _NUMBERS),
            ("time", _TIMES),
            ("text", _TEXTS),
            ("nested", _NESTED),
        ):
            if pattern.fullmatch(kind):
                return name
        if kind.startswith("ENUM"):
            return "enum"
        return {"BOOLEAN": "boolean", "BOOL": "boolean", "UUID": "uuid"}.get(kind, "other")

    @property
    def numeric(self) -> bool:
        return self.kind in {"integer", "number"}


@lru_cache(maxsize=1000)
def duckdb_type(declared: str, adapter: str) -> str:
    """Return DuckDB's type for a warehouse's. A type that DuckDB doesn't have becomes text."""
    try:
        parsed = exp.DataType.build(declared, dialect=_DIALECTS.get(adapter, adapter))
    except (sqlglot.errors.SqlglotError, ValueError):
        return "VARCHAR"
    found = parsed.sql("duckdb")
    if found.upper() in {"VARIANT", "SUPER", "OBJECT"}:
        return "JSON"
    kind = Column("", found).kind
    if kind == "text":
        return "VARCHAR"
    return "VARCHAR" if kind == "other" and found.upper() != "BLOB" else found


def find_column(table: str, name: str, columns: Sequence[Column], where: str) -> Column:
    """Return the column that a name means; `where` says who names it."""
    for fits in (
        lambda column: column.name == name,
        lambda column: fold(column.name) == fold(name),
    ):
        for column in columns:
            if fits(column):
                return column
    known = [column.name for column in columns]
    raise EntityKitError(
        f"{table} has no column `{name}` ({where}); it has {', '.join(known)}.",
        fix=closest_word(name, known),
    )


def same_columns(columns: Iterable[str], others: Iterable[str]) -> bool:
    return [fold(each) for each in columns] == [fold(each) for each in others]
