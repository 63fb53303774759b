"""Types of columns that a project's YAML declares in its dialect, as DuckDB's."""

from __future__ import annotations

from sqlglot import exp
from sqlglot.errors import SqlglotError

_Type = exp.DataType.Type
_JSON = frozenset({_Type.VARIANT, _Type.OBJECT, _Type.SUPER, _Type.JSONB, _Type.JSON})
_TEXT = frozenset(exp.DataType.TEXT_TYPES)
_WHOLE = frozenset({_Type.INT, _Type.SMALLINT, _Type.TINYINT, _Type.BIGINT})
_NONE = frozenset(
    {_Type.GEOGRAPHY, _Type.GEOMETRY, _Type.BIGDECIMAL, _Type.UNKNOWN, _Type.USERDEFINED}
)
# Of a number without precision and scale. Postgres's holds any number, which no type of DuckDB's does.
_DECIMALS = {"bigquery": "38, 9", "databricks": "10, 0", "redshift": "18, 0", "snowflake": "38, 0"}


def duckdb_type(declared: str, dialect: str) -> str | None:
    """Return the type of DuckDB that holds the same values, or None if there is none."""
    try:
        found = exp.DataType.build(declared, dialect=dialect)
    except (SqlglotError, ValueError):
        return None
    return _written(found, dialect)


def dialect_type(held: str, dialect: str) -> str:
    """Return the name that a dialect has for a type of DuckDB, as its adapter would say it."""
    try:
        return exp.DataType.build(held, dialect="duckdb").sql(dialect)
    except (SqlglotError, ValueError):
        return held


def _written(found: exp.DataType, dialect: str) -> str | None:
    kind = found.this
    inner = [each for each in found.expressions if isinstance(each, exp.DataType)]
    if kind in _NONE:
        return None
    if kind in _JSON or (kind == _Type.ARRAY and not inner):
        return "JSON"
    if kind == _Type.ARRAY:
        element = _written(inner[0], dialect)
        return None if element is None else f"{element}[]"
    return _struct(found, dialect) if kind == _Type.STRUCT else _plain(found, dialect)


def _plain(found: exp.DataType, dialect: str) -> str | None:
    kind = found.this
    if kind in _TEXT:
        return "VARCHAR"
    if kind in _WHOLE and dialect == "snowflake":
        return "BIGINT"  # these are all names of NUMBER(38, 0)
    if kind == _Type.DECIMAL and not found.expressions:
        precision = _DECIMALS.get(dialect)
        return None if precision is None else f"DECIMAL({precision})"
    if kind in exp.DataType.TEMPORAL_TYPES:
        return exp.DataType(this=kind).sql("duckdb")  # without the number of digits
    return found.sql("duckdb")


def _struct(found: exp.DataType, dialect: str) -> str | None:
    fields = []
    for each in found.expressions:
        kind = each.args.get("kind")
        written = _written(kind, dialect) if isinstance(kind, exp.DataType) else None
        if written is None:
            return None
        fields.append(f"{each.this.sql('duckdb', identify=True)} {written}")
    return f"STRUCT({', '.join(fields)})"
