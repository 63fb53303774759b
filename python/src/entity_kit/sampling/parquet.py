"""Write rows as Parquet with DuckDB's types: values come as texts, in a file of JSON lines."""

from __future__ import annotations

import base64
import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from entity_kit.sampling.stored import stored_type
from entity_kit.warehouse import connect, literal, quote, rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from entity_kit.sampling.columns import Column
    from entity_kit.sampling.stored import Stored

# Decimals without a declared number of places get as many as their values have.
_LOOSE = "DECIMAL"


def as_text(value: Any, column: Column) -> str | None:  # noqa: PLR0911  (one per kind of value)
    """Return a driver's value as a text that DuckDB reads as the column's type."""
    if value is None:
        return None
    if column.kind == "nested":
        return value if isinstance(value, str) else json.dumps(value, default=str)
    if isinstance(value, (memoryview, bytes, bytearray)):
        return base64.b64encode(bytes(value)).decode("ascii")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.timedelta):
        return f"{value.days} days {value.seconds} seconds {value.microseconds} microseconds"
    if isinstance(value, (dict, list, tuple)):
        return json.dumps(value, default=str)
    if isinstance(value, float) and column.kind == "integer" and value.is_integer():
        return str(int(value))
    if column.kind == "integer" and value == int(value):
        return str(int(value))
    return str(value)


def line(texts: Sequence[str | None]) -> str:
    """Return a row as a line of the exchange file; `texts` are the columns that are read."""
    return json.dumps({f"c{n}": text for n, text in enumerate(["1", *texts])}) + "\n"


def write_parquet(exchange: Path, stored: Sequence[Stored], file: Path) -> None:
    """Turn a file of lines into Parquet. Each line has the columns of `stored` that are read."""
    asked = [each for each in stored if each.is_read]
    names = ", ".join(f"c{n}: 'VARCHAR'" for n in range(len(asked) + 1))
    lines = (
        f"read_json({literal(str(exchange))}, format = 'newline_delimited', columns = {{{names}}}, "
        "maximum_object_size = 268435456)"
    )
    places = {each.column.name: f"c{n}" for n, each in enumerate(asked, 1)}
    with connect() as connection:
        rows(connection, "set timezone = 'UTC'")
        values = []
        for each in stored:
            place = places.get(each.column.name)
            kind = stored_type(each)
            if kind == _LOOSE and place is not None:
                kind = _decimal(connection, lines, place)
            values.append(f"{_value(each, place, kind)} as {quote(each.column.name)}")
        rows(
            connection,
            f"copy (select {', '.join(values)} from {lines}) to {literal(str(file))} "
            "(format parquet, compression zstd)",
        )


def _value(stored: Stored, place: str | None, kind: str) -> str:
    if stored.mask.rule == "constant":
        return f"cast({literal(stored.mask.value)} as {kind})"
    if place is None:
        return f"cast(null as {kind})"
    if kind == "BLOB":
        return f"from_base64({place})"
    if stored.column.kind == "nested" and kind != "JSON":
        return f"cast(cast({place} as json) as {kind})"
    return f"cast({place} as {kind})"


def _decimal(connection: Any, lines: str, place: str) -> str:
    """Choose the type of numbers without a declared one: a decimal if 38 digits can hold them."""
    scale, whole, plain = rows(
        connection,
        f"select coalesce(max(length(split_part({place}, '.', 2))), 0), "
        f"coalesce(max(length(ltrim(split_part({place}, '.', 1), '-'))), 0), "
        f"coalesce(bool_and(regexp_full_match({place}, '-?[0-9]+([.][0-9]+)?')), true) from {lines}",
    )[0]
    return f"DECIMAL(38,{scale})" if plain and scale + whole <= 38 else "DOUBLE"
