"""Types: what a cast to each of them is in DuckDB."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlglot import exp

if TYPE_CHECKING:
    from entity_kit.dialects.calls import Walk

TEXT = "ek_text({0})"
LONGEST = 1 << 16
MAX = LONGEST - 1  # what Redshift calls MAX


def text(walk: Walk, to: exp.DataType, numbers: list[int]) -> str:  # noqa: ARG001  # all have these
    """A text of a length: what is longer is an error, as long as it isn't cut off there."""
    if not numbers or numbers[0] >= LONGEST:
        return TEXT
    return f"ek_within({TEXT}, {numbers[0]})"


def cut_text(walk: Walk, to: exp.DataType, numbers: list[int]) -> str:  # noqa: ARG001
    """A text of a length: what is longer is cut off."""
    return f"left({TEXT}, {numbers[0]})" if numbers else TEXT


def cut_bytes(walk: Walk, to: exp.DataType, numbers: list[int]) -> str:  # noqa: ARG001
    """A text of a length in bytes: what is longer is cut off."""
    return f"ek_cut({TEXT}, {numbers[0]})" if numbers and numbers[0] < MAX else TEXT


def text_or_bytes(walk: Walk, to: exp.DataType, numbers: list[int]) -> str:
    """A text; bytes are read as UTF-8 where they are bytes for sure."""
    if numbers or to.parent is None or not is_bytes(to.parent.this):
        return text(walk, to, numbers)
    return "decode({0})"


def binary(walk: Walk, to: exp.DataType, numbers: list[int]) -> str:
    """Bytes of a text, where the next function reads bytes; others would read a text in DuckDB."""
    outer = to.parent.parent if to.parent is not None else None
    reads = isinstance(outer, exp.Anonymous) and str(outer.this).upper() in OF_BYTES
    if numbers or not (reads or isinstance(outer, exp.Cast)):
        why = "It is known inside of TO_BASE64, TO_HEX, and hash functions only."
        raise walk.refuse("type BYTES", to, why)
    return "ek_bytes({0})"


OF_BYTES = ("TO_BASE64", "TO_HEX", "MD5", "SHA1", "SHA256")


def is_bytes(node: exp.Expr) -> bool:
    if isinstance(node, exp.Cast):
        return bool(node.to.this == exp.DType.BINARY)
    return isinstance(node, exp.Anonymous) and str(node.this).upper() == "FROM_BASE64"


def is_time(node: exp.Expr) -> bool:
    """Whether a node is a TIME for sure."""
    if isinstance(node, exp.Cast):
        return bool(node.to.this == exp.DType.TIME)
    return isinstance(node, exp.Anonymous) and str(node.this).upper() == "TIME"


def decimal(default: str) -> Any:
    """Return the entry for a decimal, with the template for one without precision and scale."""

    def entry(walk: Walk, to: exp.DataType, numbers: list[int]) -> str:
        if not numbers:
            return default
        precision, scale = numbers[0], numbers[1] if len(numbers) > 1 else 0
        if precision > 38:
            raise walk.refuse(
                f"type {to.sql(walk.dialect)}", to, "DuckDB's decimals have 38 digits."
            )
        if scale == 0 and precision >= 18 and default.startswith("ek_bigint"):
            return default
        return f"CAST(ek_numeral({{0}}) AS DECIMAL({precision}, {scale}))"

    return entry


def instant(template: str) -> Any:
    """Return the entry for a time, whose digits of a second don't matter from 6 on."""

    def entry(walk: Walk, to: exp.DataType, numbers: list[int]) -> str:
        if numbers and numbers[0] < 6:
            raise walk.refuse(f"type {to.sql(walk.dialect)}", to, "It rounds seconds.")
        return template

    return entry


def character(walk: Walk, to: exp.DataType, numbers: list[int]) -> str:
    """A text, of one character where no length is given."""
    return text(walk, to, numbers or [1])


def number(walk: Walk, to: exp.DataType, numbers: list[int]) -> str:
    """A decimal; a float with more digits than it has is an error."""
    template: str = decimal("ek_bigint({0})")(walk, to, numbers)
    scale = numbers[1] if len(numbers) > 1 else 0
    return template.replace("ek_numeral({0})", f"ek_digits({{0}}, {scale})")


SNOWFLAKE: dict[str, Any] = {
    "TEXT": text,
    "VARCHAR": text,
    "CHAR": character,
    "INT": "ek_bigint({0})",
    "BIGINT": "ek_bigint({0})",
    "SMALLINT": "ek_bigint({0})",
    "TINYINT": "ek_bigint({0})",
    "DECIMAL": number,
    "DOUBLE": "ek_double({0})",
    "FLOAT": "ek_double({0})",
    "BOOLEAN": "ek_boolean({0})",
    "DATE": "ek_date({0})",
    "TIME": "ek_time({0})",
    "TIMESTAMP": instant("ek_timestamp({0})"),
    "TIMESTAMPNTZ": instant("ek_timestamp({0})"),
    "DATETIME": instant("ek_timestamp({0})"),
    "TIMESTAMPLTZ": instant("ek_timestamptz({0})"),
    "TIMESTAMPTZ": instant("ek_timestamptz({0})"),
    "VARIANT": "ek_variant({0})",
    "ARRAY": "ek_array({0})",
    "OBJECT": "ek_object_of({0})",
    "STRUCT": "ek_object_of({0})",
}


def interval(walk: Walk, to: exp.DataType, numbers: list[int]) -> str:
    """An interval: known of a text that is written out."""
    value = to.parent.this if to.parent is not None else None
    if numbers or not (isinstance(value, exp.Literal) and value.is_string):
        raise walk.refuse("type INTERVAL", to, "It is known of a text that is written out.")
    if not SPAN.fullmatch(str(value.this)):
        raise walk.refuse("type INTERVAL", to, f"`{value.this}` isn't known.")
    return "CAST({0} AS INTERVAL)"


SPAN = re.compile(
    r"\s*([+-]?\d+\s+(microsecond|millisecond|second|minute|hour|day|week|month|year)s?\s*)+",
    re.IGNORECASE,
)


def array(walk: Walk, to: exp.DataType, numbers: list[int]) -> str:  # noqa: ARG001
    """An array of one type, a list in DuckDB."""
    return f"CAST({{0}} AS {name_of(walk, to)})"


def name_of(walk: Walk, to: exp.DataType) -> str:
    """Return DuckDB's name of a type, of arrays and structs too."""
    name = to.this.value
    if name in ("ARRAY", "LIST") and len(to.expressions) == 1:
        return f"{name_of(walk, to.expressions[0])}[]"
    if name == "STRUCT" and all(isinstance(one, exp.ColumnDef) for one in to.expressions):
        odd = next((one.name for one in to.expressions if re.search(r'[{}"]', one.name)), None)
        if odd is not None:
            raise walk.refuse(f"field {odd}", to, "A brace or a quote in its name isn't known.")
        fields = (f'"{one.name}" {name_of(walk, one.kind)}' for one in to.expressions)
        return f"STRUCT({', '.join(fields)})"
    found = NAMES[walk.dialect].get(name)
    if found is None or to.expressions:
        raise walk.refuse(f"type {to.sql(walk.dialect)}", to, "It isn't known in an array.")
    return found


NAMES = {
    "bigquery": {
        "BIGINT": "BIGINT", "TEXT": "VARCHAR", "DOUBLE": "DOUBLE", "BOOLEAN": "BOOLEAN",
        "DATE": "DATE", "TIMESTAMPTZ": "TIMESTAMPTZ", "DATETIME": "TIMESTAMP",
    },
    "databricks": {
        "BIGINT": "BIGINT", "INT": "INTEGER", "TEXT": "VARCHAR", "DOUBLE": "DOUBLE",
        "BOOLEAN": "BOOLEAN", "DATE": "DATE",
    },
}  # fmt: skip
BIGQUERY: dict[str, Any] = {
    "TEXT": text_or_bytes,
    "BIGINT": "ek_bigint({0})",
    "INT": "ek_bigint({0})",
    "DOUBLE": "ek_double({0})",
    "DECIMAL": decimal("CAST(ek_numeral({0}) AS DECIMAL(38, 9))"),
    "BOOLEAN": "ek_bool({0})",
    "DATE": "ek_date({0})",
    "TIME": "ek_time({0})",
    "DATETIME": "ek_datetime({0})",
    "TIMESTAMP": "ek_datetime({0})",
    "TIMESTAMPTZ": "CAST({0} AS TIMESTAMPTZ)",
    "JSON": "CAST({0} AS JSON)",
    "BINARY": binary,
    "INTERVAL": "ek_interval({0})",
    "ARRAY": array,
    "STRUCT": array,
}
POSTGRES: dict[str, Any] = {
    "TEXT": TEXT,
    "VARCHAR": cut_text,
    "SMALLINT": "CAST(ek_bigint({0}) AS SMALLINT)",
    "INT": "CAST(ek_bigint({0}) AS INTEGER)",
    "BIGINT": "ek_bigint({0})",
    "DOUBLE": "ek_double({0})",
    "FLOAT": "CAST(ek_double({0}) AS FLOAT)",
    "DECIMAL": decimal("CAST(ek_numeral({0}) AS DECIMAL(26, 12))"),
    "BOOLEAN": "ek_boolean({0})",
    "DATE": "CAST({0} AS DATE)",
    "TIME": "ek_time({0})",
    "TIMESTAMP": instant("ek_timestamp({0})"),
    "TIMESTAMPTZ": instant("ek_instant({0})"),
    "UUID": "UUID",
    "JSON": "CAST({0} AS JSON)",
    "JSONB": "CAST({0} AS JSON)",
    "INTERVAL": interval,
}
DATABRICKS: dict[str, Any] = {
    "TEXT": TEXT,
    "VARCHAR": text,
    "TINYINT": "CAST(ek_bigint({0}) AS TINYINT)",
    "SMALLINT": "CAST(ek_bigint({0}) AS SMALLINT)",
    "INT": "CAST(ek_bigint({0}) AS INTEGER)",
    "BIGINT": "ek_bigint({0})",
    "DOUBLE": "ek_double({0})",
    "FLOAT": "CAST(ek_double({0}) AS FLOAT)",
    "DECIMAL": decimal("CAST(ek_numeral({0}) AS DECIMAL(10, 0))"),
    "BOOLEAN": "ek_boolean({0})",
    "DATE": "CAST({0} AS DATE)",
    "TIMESTAMPTZ": "CAST({0} AS TIMESTAMPTZ)",
    "TIMESTAMP": "CAST({0} AS TIMESTAMPTZ)",
    "TIMESTAMPNTZ": "CAST({0} AS TIMESTAMP)",
    "ARRAY": array,
}
REDSHIFT: dict[str, Any] = {
    **{name: entry for name, entry in POSTGRES.items() if name not in ("JSON", "JSONB", "UUID")},
    "VARCHAR": cut_bytes,
    "DECIMAL": decimal("CAST(ek_numeral({0}) AS DECIMAL(18, 0))"),
    "INTERVAL": interval,
}
