"""Show what a comparison found: lines for people, plain values for programs."""

from __future__ import annotations

import json
import math
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from entity_kit.compare import tolerance
from entity_kit.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from entity_kit.compare.difference import Comparison, Diff, SampleRow

JSON_VERSION = 1

# A longer value is cut, and a row shows this many cells.
_VALUE_WIDTH = 60
CELLS = 8

# How much of the common start of two long values is kept before they differ.
_SHARED = 8


def render_value(value: object) -> str:
    """Return a value on one line, at most `_VALUE_WIDTH` wide, with NULL distinct from text."""
    return _cut(_line(value))


def render_change(before: object, after: object) -> str:
    """Return `before → after`; of long values, the part in which they differ."""
    lines = [_line(before), _line(after)]
    shown = [_cut(line) for line in lines]
    if shown[0] == shown[1] and lines[0] != lines[1]:
        parts_at = next(
            (at for at, pair in enumerate(zip(*lines, strict=False)) if pair[0] != pair[1]),
            min(map(len, lines)),
        )
        shown = [_cut("…" + line[max(0, parts_at - _SHARED) :]) for line in lines]
    return " → ".join(shown)


def json_value(value: object) -> Any:
    """Return a value that `json.dumps` writes as every reader understands it.

    Decimals become text, which keeps all their digits; bytes become their hexadecimal digits;
    what JSON has no number for (NaN, infinity) becomes its name.
    """
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).hex()
    if isinstance(value, dict):
        return {str(json_value(key)): json_value(each) for key, each in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [json_value(each) for each in value]
    return _plain(value)


def render_diff_text(diff: Diff) -> Iterator[str]:
    """Yield the lines that say whether two relations agree, and how they don't."""
    if diff.agrees:
        equal = "all equal except for rounding" if diff.rounding else "all equal"
        yield f"agrees: {counted(diff.rows_incremental, 'row')}, {equal}"
        yield from (f"note: {_line(str(each))}" for each in diff.rounding)
        return
    yield (
        f"differs: {counted(diff.rows_incremental, 'row')} in incremental, "
        f"{diff.rows_full_refresh:,} in full_refresh"
    )
    if diff.schema_changes:
        yield "columns that differ (incremental → full_refresh)"
        yield from (f"  {_line(change)}" for change in diff.schema_changes)
    if diff.comparison.agrees:
        yield "the rows agree in the columns that both sides have"
        yield from (f"note: {_line(str(each))}" for each in diff.rounding)
        return
    yield f"rows that differ: {render_counts(diff.comparison)}"
    if diff.changed_columns:
        most_first = sorted(diff.changed_columns.items(), key=lambda item: -item[1])
        yield "changed in: " + ", ".join(f"{_line(name)} ({count:,})" for name, count in most_first)
    kind = ""
    for row in diff.sample:
        if row.kind != kind:
            kind = row.kind
            yield f"{kind} (incremental → full_refresh)" if kind == "changed" else kind
        yield f"  {render_row(row, diff.key)}"
    yield from (f"note: {_line(str(each))}" for each in diff.rounding)


def render_counts(comparison: Comparison) -> str:
    """Return the counts that aren't zero."""
    counts = {
        "changed": comparison.changed,
        "only_incremental": comparison.only_incremental,
        "only_full_refresh": comparison.only_full_refresh,
    }
    return ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)


def render_row(row: SampleRow, key: tuple[str, ...] = ()) -> str:
    """Return a row on one line: the key, then the changed cells, or the other cells if none changed."""
    cells = [
        f"{_line(name)}={render_value(row.row[name])}"
        for name in key
        if name in row.row and name not in row.before
    ]
    cells += [
        f"{_line(name)}: {render_change(value, row.row[name])}"
        for name, value in row.before.items()
    ]
    if not row.before:
        cells += [
            f"{_line(name)}={render_value(value)}"
            for name, value in row.row.items()
            if name not in key
        ]
    more = len(cells) - CELLS
    return "  ".join(cells[:CELLS] + ([f"… {counted(more, 'more cell')}"] if more > 0 else []))


def diff_json(diff: Diff) -> dict[str, Any]:
    """Return a comparison as `entity-kit diff --format json` prints it, version 1."""
    return {
        "version": JSON_VERSION,
        "verdict": "agrees" if diff.agrees else "differs",
        "rows": {"incremental": diff.rows_incremental, "full_refresh": diff.rows_full_refresh},
        "only_incremental": diff.comparison.only_incremental,
        "only_full_refresh": diff.comparison.only_full_refresh,
        "changed": diff.comparison.changed,
        "key": list(diff.key),
        "columns": [
            {
                "name": column.name,
                "incremental": column.incremental,
                "full_refresh": column.full_refresh,
            }
            for column in diff.columns
        ],
        "schema_changes": list(diff.schema_changes),
        "changed_columns": diff.changed_columns,
        "rounding": tolerance.as_json(diff.rounding),
        "sample": [
            {"kind": row.kind, "row": json_value(row.row), "before": json_value(row.before)}
            for row in diff.sample
        ],
    }


def _cut(line: str) -> str:
    return line if len(line) <= _VALUE_WIDTH else line[: _VALUE_WIDTH - 1] + "…"


def _line(value: object) -> str:
    """Return a value on one line, whole."""
    if value is None or isinstance(value, bool):
        return {None: "NULL", True: "true", False: "false"}[value]
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"0x{bytes(value).hex()}"
    if isinstance(value, str):
        # A value that would be invisible or ambiguous on a line is shown in quotes.
        plain = value.isprintable() and value == value.strip() and value not in {"", "NULL"}
        return value if plain else json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_line(k)}: {_line(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple, set, frozenset)):
        return "[" + ", ".join(map(_line, value)) + "]"
    return _plain(value)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value)
