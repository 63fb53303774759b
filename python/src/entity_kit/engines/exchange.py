"""The CSV file through which rows come from an engine, as text, into DuckDB."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from entity_kit.warehouse import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

_NULL = r"\N"


def csv_of(file: Path, columns: int) -> str:
    """Return DuckDB's table of a file, with the columns c0, c1, … as text."""
    names = ", ".join(f"'c{n}': 'VARCHAR'" for n in range(columns))
    return (
        f"read_csv({literal(str(file))}, columns = {{{names}}}, auto_detect = false, "
        "header = false, delim = ',', quote = '\"', escape = '\"', new_line = '\\n', "
        f"nullstr = '{_NULL}', allow_quoted_nulls = false, parallel = false, "
        "max_line_size = 67108864, buffer_size = 134217728)"
    )


def read_as(value: str, kind: str | None) -> str:
    """Return DuckDB's expression for a text of the file in its type; None is text."""
    if kind == "BLOB":
        return f"unhex({value}[3:])"
    return f"cast({value} as {kind or 'VARCHAR'})"


def write_rows(file: Path, batches: Iterable[Sequence[Sequence[Any]]]) -> None:
    """Write a driver's rows. A constant comes first, because a line must not be empty."""
    with file.open("w", encoding="utf-8", newline="") as out:
        for batch in batches:
            out.writelines(f"1,{','.join(map(_cell, row))}\n" for row in batch)


def _cell(value: Any) -> str:
    if value is None:
        return _NULL
    return '"' + text_of(value).replace('"', '""') + '"'


def text_of(value: Any) -> str:
    """Return a driver's value as a text that DuckDB reads for its type."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (bytes, bytearray, memoryview)):
        return rf"\x{bytes(value).hex()}"
    if isinstance(value, Decimal) and value.is_finite():
        return format(value, "f")
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)
