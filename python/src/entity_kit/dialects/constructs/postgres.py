"""Postgres' SQL in DuckDB: each line is compared with Postgres itself by a test."""

from __future__ import annotations

from sqlglot import exp

from entity_kit.dialects import dates, macros, patterns, postgres, rules, types
from entity_kit.dialects.constructs import common
from entity_kit.dialects.constructs.entries import Entry, Table

# Of a numeric a numeric, and else a float: a half is rounded to even when it becomes whole.
SIGN = macros.macro(
    "ek_sign(x)",
    macros.by_type(
        {"decimal": f"cast(sign(x) as {macros.NUMERIC})", "other": "cast(sign(x) as double)"},
        "case when typeof(x) like 'DECIMAL%' then 'decimal' else 'other' end",
    ),
)
SCALARS: dict[str, Entry] = {
    "GREATEST": "greatest({*})",
    "LEAST": "least({*})",
    "ROUND": ("ek_round({0})", "round({0}, CAST({1} AS INTEGER))"),
    "SIGN": "ek_sign({0})",
    "TRUNC": ("ek_truncated({0})", "trunc({0}, CAST({1} AS INTEGER))"),
    "POWER": "power({0}, {1})",
    "POW": "power({0}, {1})",
    "LOG": ("log10({0})", "(ln({1}) / ln({0}))"),
    "LOG10": "log10({0})",
    "CBRT": "cbrt({0})",
    "DIV": "trunc({0} / {1})",
    # String functions.
    "CONCAT": postgres.joined,
    "CONCAT_WS": postgres.joined_by,
    "CHAR_LENGTH": "length({0})",
    "CHARACTER_LENGTH": "length({0})",
    "LEFT": "left({0}, {1})",
    "RIGHT": "right({0}, {1})",
    "BTRIM": ("trim({0}, ' ')", "trim({0}, {1})"),
    "LTRIM": ("ltrim({0}, ' ')", "ltrim({0}, {1})"),
    "RTRIM": ("rtrim({0}, ' ')", "rtrim({0}, {1})"),
    "SUBSTR": ("ek_substr({0}, {1})", "ek_substr_of({0}, {1}, {2})"),
    "SUBSTRING": ("ek_substr({0}, {1})", "ek_substr_of({0}, {1}, {2})"),
    "STRPOS": "strpos({0}, {1})",
    "SPLIT_PART": "ek_split_part({0}, {1}, {2})",
    "STARTS_WITH": "starts_with({0}, {1})",
    "REVERSE": "reverse({0})",
    "REPEAT": "repeat({0}, {1})",
    "LPAD": ("ek_pad('l', {0}, {1}, ' ')", "ek_pad('l', {0}, {1}, {2})"),
    "RPAD": ("ek_pad('r', {0}, {1}, ' ')", "ek_pad('r', {0}, {1}, {2})"),
    "TRANSLATE": "translate({0}, {1}, {2})",
    "MD5": "md5({0})",
    "REGEXP_REPLACE": postgres.regexp_replace,
    "REGEXP_LIKE": patterns.contains,
    # Date and time functions.
    "DATE_TRUNC": dates.date_trunc,
    "DATE_PART": dates.date_part,
    "MAKE_DATE": "make_date({0}, {1}, {2})",
    "NOW": ("current_timestamp",),
    "TO_TIMESTAMP": postgres.to_timestamp,
    "TO_DATE": postgres.to_date,
    "TO_CHAR": postgres.to_char,
}
AGGREGATES: dict[str, Entry] = {
    **common.AGGREGATES,
    **{name: entry for name, entry in common.STATISTICS.items() if name != "MEDIAN"},
    "AVG": postgres.average,
    "BOOL_OR": "bool_or({0})",
    "BOOL_AND": "bool_and({0})",
    "EVERY": "bool_and({0})",
    "ARRAY_AGG": postgres.array_agg,
    "STRING_AGG": postgres.string_agg,
}
REFUSED = {
    **common.REFUSED,
    "RANDOM": "It is left to chance.",
    "CLOCK_TIMESTAMP": "It moves while a query runs.",
}
TABLE = Table(
    scalars={**common.SCALARS, **SCALARS},
    aggregates=AGGREGATES,
    windows=common.WINDOWS,
    types=types.POSTGRES,
    rules={
        **postgres.RULES,
        exp.Window: postgres.window,
        exp.Filter: postgres.averaged_alone,
        exp.Pow: postgres.power,
        exp.BitwiseAnd: postgres.bits("&"),
        exp.BitwiseOr: postgres.bits("|"),
        exp.JSONExtract: postgres.json_element,
        exp.JSONExtractScalar: postgres.json_text,
        exp.Table: postgres.table,
        exp.Localtimestamp: rules.current("CAST(current_timestamp AS TIMESTAMP)"),
    },
    macros=(
        macros.FLOAT_TEXT,
        macros.POSTGRES_TEXT,
        *dates.TIMES,
        macros.NUMERAL,
        macros.DOUBLE,
        macros.TRY_DOUBLE,
        macros.WHOLE_NUMERAL,
        macros.INTEGERS,
        macros.TIMESTAMP,
        macros.INSTANT,
        macros.BOOLEAN,
        macros.DIVIDE_TRUNCATED,
        macros.AVERAGE,
        SIGN,
        macros.SPLIT_PART_FROM_1,
        macros.TRUNCATED,
        macros.ROUND_EVEN,
        macros.PAD,
        macros.OUTPUT,
        *macros.SUBSTR_FROM_ONE,
        macros.ZONE,
        patterns.SPACED,
        macros.JSON_TEXT,
        *dates.PLUS,
        macros.TRUNC_TO_TIMES,
    ),
    refused=REFUSED,
    tries=macros.TRIES,
)
