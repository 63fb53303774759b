"""Databricks's SQL in DuckDB."""

from __future__ import annotations

from entity_kit.dialects import dates, macros
from entity_kit.dialects.constructs import common
from entity_kit.dialects.constructs.entries import Entry, Table
from entity_kit.dialects.rules import RULES

SCALARS: dict[str, Entry] = {
    "NVL": "coalesce({0}, {1})",
    "IFNULL": "coalesce({0}, {1})",
}
TYPES = {
    "TEXT": "ek_text({0})",
    "VARCHAR": "ek_text({0})",
    "INT": "ek_bigint({0})",
    "BIGINT": "ek_bigint({0})",
    "DOUBLE": "DOUBLE",
    "BOOLEAN": "BOOLEAN",
    "DATE": "DATE",
}
TABLE = Table(
    scalars={**common.SCALARS, **SCALARS},
    aggregates=common.AGGREGATES,
    windows=common.WINDOWS,
    types=TYPES,
    rules=RULES,
    macros=(
        macros.FLOAT_TEXT,
        macros.NUMERAL,
        macros.DOUBLE,
        macros.text(),
        macros.BIGINT,
        macros.TIMESTAMP,
        macros.DIVIDE_FLOATS,
        *dates.PLUS,
        dates.TRUNC_KEEPS_DATES,
    ),
)
