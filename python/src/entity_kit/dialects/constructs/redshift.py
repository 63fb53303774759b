"""Redshift's SQL in DuckDB. Pages are those of Redshift's Database Developer Guide."""

from __future__ import annotations

from sqlglot import exp

from entity_kit.dialects import (
    dates,
    macros,
    patterns,
    postgres,
    redshift,
    redshift_macros,
    texts,
    types,
)
from entity_kit.dialects.constructs import common
from entity_kit.dialects.constructs.entries import Entry, Table

SCALARS: dict[str, Entry] = {
    # Conditional expressions.
    "NVL": "coalesce({*})",
    "NVL2": "CASE WHEN {0} IS NOT NULL THEN {1} ELSE {2} END",
    "DECODE": texts.decoded,
    "GREATEST": "greatest({*})",
    "LEAST": "least({*})",
    # Math functions.
    "ROUND": ("ek_round({0})", "round({0}, CAST({1} AS INTEGER))"),
    "TRUNC": "trunc({0}, CAST({1} AS INTEGER))",
    "POWER": "power({0}, {1})",
    "POW": "power({0}, {1})",
    "LOG": "log10({0})",
    "SIGN": "ek_sign({0})",
    "CBRT": "cbrt({0})",
    # String functions.
    "CONCAT": texts.joined,
    "LEN": "length({0})",
    "CHAR_LENGTH": "length({0})",
    "CHARACTER_LENGTH": "length({0})",
    "LEFT": "ek_left({0}, {1})",
    "RIGHT": "ek_right({0}, {1})",
    "BTRIM": ("trim({0})", "trim({0}, {1})"),
    "LTRIM": ("ltrim({0})", "ltrim({0}, {1})"),
    "RTRIM": ("rtrim({0})", "rtrim({0}, {1})"),
    "SUBSTR": ("ek_substr({0}, {1})", "ek_substr_of({0}, {1}, {2})"),
    "SUBSTRING": ("ek_substr({0}, {1})", "ek_substr_of({0}, {1}, {2})"),
    "STRPOS": "strpos({0}, {1})",
    "CHARINDEX": "strpos({1}, {0})",
    "SPLIT_PART": "ek_split_part({0}, {1}, {2})",
    "REVERSE": "reverse({0})",
    "REPEAT": "repeat({0}, {1})",
    "REPLICATE": "repeat({0}, {1})",
    "LPAD": ("ek_pad('l', {0}, {1}, ' ')", "ek_pad('l', {0}, {1}, {2})"),
    "RPAD": ("ek_pad('r', {0}, {1}, ' ')", "ek_pad('r', {0}, {1}, {2})"),
    "TRANSLATE": "translate({0}, {1}, {2})",
    "MD5": "md5({0})",
    "SHA": "sha1({0})",
    "SHA1": "sha1({0})",
    "FUNC_SHA1": "sha1({0})",
    "SHA2": redshift.sha2,
    "REGEXP_REPLACE": redshift.regexp_replace,
    "REGEXP_SUBSTR": redshift.regexp_substr,
    "REGEXP_COUNT": patterns.counted,
    "REGEXP_INSTR": patterns.place,
    # Date and time functions.
    "DATEADD": redshift.dateadd,
    "DATE_ADD": redshift.dateadd,
    "DATEDIFF": redshift.datediff,
    "DATE_DIFF": redshift.datediff,
    "DATE_TRUNC": redshift.date_trunc,
    "DATE_PART": dates.date_part,
    "LAST_DAY": "last_day({0})",
    "MONTHS_BETWEEN": "ek_months_between(ek_timestamp({0}), ek_timestamp({1}))",
    "CONVERT_TIMEZONE": redshift.convert_timezone,
    "GETDATE": redshift.NOW,
    "TO_TIMESTAMP": postgres.to_timestamp_of_text,
    "TO_DATE": postgres.to_date,
    "TO_CHAR": postgres.to_char,
    "DATE": "CAST({0} AS DATE)",
}
AGGREGATES: dict[str, Entry] = {
    **common.AGGREGATES,
    **common.STATISTICS,
    "AVG": redshift.average,
    "BOOL_OR": "bool_or({0})",
    "BOOL_AND": "bool_and({0})",
    "LISTAGG": texts.listed,
}
REFUSED = {
    **common.REFUSED,
    "RANDOM": "It is left to chance.",
    "JSON_EXTRACT_PATH_TEXT": "What it returns for a path that isn't there differs.",
    "ADD_MONTHS": "It keeps the end of a month. Use dateadd.",
    "FNV_HASH": "Its numbers are Redshift's own. Use md5.",
}
TABLE = Table(
    scalars={**common.SCALARS, **SCALARS},
    aggregates=AGGREGATES,
    windows=common.WINDOWS,
    types=types.REDSHIFT,
    rules={
        **postgres.RULES,
        exp.CurrentTimestamp: redshift.now,
        **dict.fromkeys(
            (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.In), redshift.compared
        ),
    },
    macros=(
        macros.FLOAT_TEXT,
        macros.POSTGRES_TEXT,
        macros.NUMERAL,
        macros.WHOLE_NUMERAL,
        macros.DOUBLE,
        macros.TRY_DOUBLE,
        redshift_macros.NO_HALVES,
        redshift_macros.ROUND_NO_HALVES,
        redshift_macros.CUT,
        redshift_macros.SIGN,
        redshift_macros.PART,
        macros.tried(redshift_macros.NO_HALVES),
        macros.TIMESTAMP,
        macros.tried(macros.TIMESTAMP),
        macros.BOOLEAN,
        macros.tried(macros.BOOLEAN),
        macros.DIVIDE_TRUNCATED,
        macros.SPLIT_PART_FROM_1,
        redshift_macros.LEFT_KNOWN,
        redshift_macros.RIGHT_KNOWN,
        macros.PAD,
        *macros.SUBSTR_FROM_ONE,
        macros.ZONE,
        *dates.MONTHS_BETWEEN,
        patterns.LINE,
        patterns.SPACED,
    ),
    refused=REFUSED,
    tries={**macros.TRIES, "ek_timestamp({0})": "ek_try_timestamp({0})"},
)
