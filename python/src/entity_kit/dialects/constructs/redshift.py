"""Redshift's SQL in DuckDB."""

from __future__ import annotations

from entity_kit.dialects import dates, macros
from entity_kit.dialects.constructs import common
from entity_kit.dialects.constructs.entries import Entry, Table
from entity_kit.dialects.rules import RULES

SCALARS: dict[str, Entry] = {
    "NVL": "coalesce({*})",
    "NVL2": "CASE WHEN {0} IS NOT NULL THEN {1} ELSE {2} END",
    "DATEADD": dates.dateadd,
    "DATEDIFF": dates.datediff,
}
TYPES = {
    "TEXT": "ek_text({0})",
    "VARCHAR": "ek_text({0})",
    "INT": "BIGINT",
    "BIGINT": "BIGINT",
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
        macros.DIVIDE_TRUNCATED,
        *dates.PLUS,
        dates.TRUNC_KEEPS_DATES,
    ),
)
