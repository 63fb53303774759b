"""Snowflake's SQL in DuckDB."""

from __future__ import annotations

from typing import TYPE_CHECKING

from entity_kit.dialects import dates, macros
from entity_kit.dialects.constructs import common
from entity_kit.dialects.constructs.entries import Table
from entity_kit.dialects.rules import RULES

if TYPE_CHECKING:
    from entity_kit.dialects.constructs.entries import Entry

SCALARS: dict[str, Entry] = {
    "IFF": "CASE WHEN {0} THEN {1} ELSE {2} END",
    "NVL": "coalesce({0}, {1})",
    "IFNULL": "coalesce({0}, {1})",
    "NVL2": "CASE WHEN {0} IS NOT NULL THEN {1} ELSE {2} END",
    "ZEROIFNULL": "coalesce({0}, 0)",
    "NULLIFZERO": "nullif({0}, 0)",
    "DATEADD": dates.dateadd,
    "DATEDIFF": dates.datediff,
    "DATE_TRUNC": dates.date_trunc,
}
TYPES = {
    "TEXT": common.TEXT,
    "VARCHAR": common.TEXT,
    "INT": "ek_bigint({0})",
    "BIGINT": "ek_bigint({0})",
    "DOUBLE": "DOUBLE",
    "FLOAT": "DOUBLE",
    "BOOLEAN": "BOOLEAN",
    "DATE": "DATE",
    "TIMESTAMP": "ek_timestamp({0})",
    "TIMESTAMPNTZ": "ek_timestamp({0})",
}
TABLE = Table(
    scalars={**common.SCALARS, **SCALARS},
    aggregates=common.AGGREGATES,
    windows=common.WINDOWS,
    types=TYPES,
    rules=RULES,
    macros=(
        macros.FLOAT_TEXT,
        macros.text("strftime(" + macros.AS_TIMESTAMP + ", '%Y-%m-%d %H:%M:%S.%g')"),
        macros.BIGINT,
        macros.TIMESTAMP,
        macros.DIVIDE_FLOATS,
        *dates.PLUS,
        dates.TRUNC_KEEPS_DATES,
    ),
    whole_frames=True,
)
