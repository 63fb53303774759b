"""Types: what a cast to each of them is in DuckDB."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

if TYPE_CHECKING:
    from entity_kit.dialects.calls import Walk

TEXT = "ek_text({0})"
LONGEST = 1 << 16


def text(walk: Walk, to: exp.DataType, numbers: list[int]) -> str:  # noqa: ARG001  # all have these
    """A text of a length: what is longer is an error, as long as it isn't cut off there."""
    if not numbers or numbers[0] >= LONGEST:
        return TEXT
    return f"ek_within({TEXT}, {numbers[0]})"


def cut_text(walk: Walk, to: exp.DataType, numbers: list[int]) -> str:  # noqa: ARG001
    """A text of a length: what is longer is cut off."""
    return f"left({TEXT}, {numbers[0]})" if numbers else TEXT


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


SNOWFLAKE: dict[str, Any] = {
    "TEXT": text,
    "VARCHAR": text,
    "CHAR": text,
    "INT": "ek_bigint({0})",
    "BIGINT": "ek_bigint({0})",
    "SMALLINT": "ek_bigint({0})",
    "TINYINT": "ek_bigint({0})",
    "DECIMAL": decimal("ek_bigint({0})"),
    "DOUBLE": "CAST(ek_numeral({0}) AS DOUBLE)",
    "FLOAT": "CAST(ek_numeral({0}) AS DOUBLE)",
    "BOOLEAN": "ek_boolean({0})",
    "DATE": "ek_date({0})",
    "TIME": "TIME",
    "TIMESTAMP": instant("ek_timestamp({0})"),
    "TIMESTAMPNTZ": instant("ek_timestamp({0})"),
    "DATETIME": instant("ek_timestamp({0})"),
    "TIMESTAMPLTZ": instant("ek_timestamptz({0})"),
    "TIMESTAMPTZ": instant("ek_timestamptz({0})"),
    "VARIANT": "to_json({0})",
    "ARRAY": "CAST({0} AS JSON)",
    "OBJECT": "CAST({0} AS JSON)",
    "STRUCT": "CAST({0} AS JSON)",
}


def array(walk: Walk, to: exp.DataType, numbers: list[int]) -> str:  # noqa: ARG001
    """An array of one type, a list in DuckDB."""
    return f"CAST({{0}} AS {name_of(walk, to)})"


def name_of(walk: Walk, to: exp.DataType) -> str:
    """Return DuckDB's name of a type, of arrays and structs too."""
    name = to.this.value
    if name in ("ARRAY", "LIST") and len(to.expressions) == 1:
        return f"{name_of(walk, to.expressions[0])}[]"
    if name == "STRUCT" and all(isinstance(one, exp.ColumnDef) for one in to.expressions):
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
    "TEXT": text,
    "BIGINT": "ek_bigint({0})",
    "INT": "ek_bigint({0})",
    "DOUBLE": "CAST(ek_numeral({0}) AS DOUBLE)",
    "DECIMAL": decimal("CAST(ek_numeral({0}) AS DECIMAL(38, 9))"),
    "BOOLEAN": "ek_bool({0})",
    "DATE": "ek_date({0})",
    "TIME": "TIME",
    "DATETIME": "ek_datetime({0})",
    "TIMESTAMP": "ek_datetime({0})",
    "TIMESTAMPTZ": "CAST({0} AS TIMESTAMPTZ)",
    "JSON": "CAST({0} AS JSON)",
    "ARRAY": array,
    "STRUCT": array,
}
