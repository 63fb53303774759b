"""Snowflake's SQL in DuckDB. Pages are those of Snowflake's SQL reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from entity_kit.dialects import (
    databricks,
    dates,
    formats,
    kept,
    macros,
    numerals,
    patterns,
    pivots,
    rules,
    snowflake_macros,
    texts,
    types,
    updates,
    variants,
)
from entity_kit.dialects.constructs import common
from entity_kit.dialects.constructs.entries import Entry, Table
from entity_kit.dialects.rules import RULES, extract, same, seq
from entity_kit.dialects.writing import filled

if TYPE_CHECKING:
    from entity_kit.dialects.calls import Call, Walk


def formatted(call: Call) -> exp.Expr:
    """`to_char(x)`, and `to_char(date, 'YYYY-MM')`."""
    call.count(1, 2)
    if len(call.arguments) == 1:
        return filled("ek_text({0})", *call.arguments)
    return formats.written(call, call.arguments[0], 1)


def reader(to: str, plain: str, *, attempt: bool = False) -> Any:
    """Return the entry for a function that reads a text as a date or a time."""

    def entry(call: Call) -> exp.Expr:
        call.count(1, 2)
        if len(call.arguments) == 1:
            return filled(plain, *call.arguments)
        scale = call.arguments[1]
        if isinstance(scale, exp.Literal) and not scale.is_string and to == "TIMESTAMP":
            factors = {0: 1000000, 3: 1000, 6: 1}
            if (power := call.number(1)) == 9:
                template = "make_timestamp(({0} - ({0} % 1000 + 1000) % 1000) // 1000)"
                return filled(template, filled("CAST({0} AS BIGINT)", call.arguments[0]))
            if power not in factors:
                raise call.refuse(f"The scale {power} isn't known.")
            template = f"make_timestamp({factors[power]} * CAST({{0}} AS BIGINT))"
            return filled(template, call.arguments[0])
        return formats.read(call, call.arguments[0], 1, to, attempt=attempt)

    entry.__doc__ = f"A text as {to.lower()}, read as ISO 8601 or by a format."
    return entry


def number(*, attempt: bool = False) -> Any:
    def entry(call: Call) -> exp.Expr:
        call.count(1, 2, 3)
        template = "ek_bigint({0})"
        if len(call.arguments) > 1:
            precision = call.number(1)
            scale = call.number(2) if len(call.arguments) == 3 else 0
            template = f"CAST(ek_numeral({{0}}) AS DECIMAL({precision}, {scale}))"
        return filled(rules.attempt(template) if attempt else template, call.arguments[0])

    entry.__doc__ = "A whole number, or one of the precision and scale that are given."
    return entry


def truncated(call: Call) -> exp.Expr:
    """`trunc(number[, digits])`, `trunc(date, unit)`."""
    call.count(1, 2)
    if len(call.arguments) == 1:
        return filled("trunc({0})", *call.arguments)
    second = call.arguments[1]
    if isinstance(second, exp.Literal) and second.is_string:
        value = dates.instant(call.arguments[0])
        return filled(f"ek_trunc('{dates.unit(call, 1)}', {{0}})", value)
    return filled(f"trunc({{0}}, {call.number(1)})", call.arguments[0])


def floored(call: Call) -> exp.Expr:
    """`floor(number[, -2])`: down to a multiple of 100."""
    call.count(1, 2)
    if len(call.arguments) == 1:
        return filled("floor({0})", *call.arguments)
    scale = call.number(1)
    if not -18 <= scale <= 0:
        raise call.refuse("A scale after the point isn't known.")
    if scale == 0:
        return filled("floor({0})", call.arguments[0])
    size = 10**-scale
    return filled(f"({{0}} - (({{0}} % {size}) + {size}) % {size})", call.arguments[0])


def tried_boolean(walk: Walk, node: exp.ToBoolean) -> exp.Expr:
    """`try_cast(x as boolean)`, which sqlglot reads so."""
    walk.only_parts(node, {"this", "safe"})
    return filled("ek_try_boolean({0})", walk.visit(node.this))


# "Date and time input and output formats": what the parameters are unless they are set.
MOMENT = "'%Y-%m-%d %H:%M:%S.%g"
TEXT = macros.text(
    f"strftime({macros.AS_TIMESTAMP}, {MOMENT}')",
    objects=False,
    more={
        "TIMESTAMP WITH TIME ZONE": f"strftime({macros.AS_UTC}, {MOMENT} +0000')",
        "TIME": "left(cast(x as varchar), 8)",
    },
)
PARTS = [
    "YEAR",
    "QUARTER",
    "MONTH",
    "DAY",
    "DAYOFMONTH",
    "HOUR",
    "MINUTE",
    "SECOND",
    "DAYOFWEEK",
    "DAYOFWEEKISO",
    "DAYOFYEAR",
    "WEEK",
    "WEEKOFYEAR",
    "WEEKISO",
    "YEAROFWEEK",
    "YEAROFWEEKISO",
]
DATE = "ek_date({0})"
SCALARS: dict[str, Entry] = {
    **{part: dates.named_part(part.lower()) for part in PARTS},
    # Conditional expression functions.
    "IFF": "CASE WHEN {0} THEN {1} ELSE {2} END",
    "NVL": "coalesce({0}, {1})",
    "IFNULL": "coalesce({0}, {1})",
    "NVL2": "CASE WHEN {0} IS NOT NULL THEN {1} ELSE {2} END",
    "ZEROIFNULL": "coalesce({0}, 0)",
    "NULLIFZERO": "nullif({0}, 0)",
    "DECODE": texts.decoded,
    "EQUAL_NULL": "({0} IS NOT DISTINCT FROM {1})",
    "GREATEST": texts.strict("greatest"),
    "LEAST": texts.strict("least"),
    "GREATEST_IGNORE_NULLS": "greatest({*})",
    "LEAST_IGNORE_NULLS": "least({*})",
    # Numeric functions.
    "DIV0": "ek_div0({0}, {1})",
    "DIV0NULL": "ek_div0null({0}, {1})",
    "ROUND": ("round({0})", "round({0}, CAST({1} AS INTEGER))"),
    "TRUNC": truncated,
    "FLOOR": floored,
    "TRUNCATE": truncated,
    "SQUARE": "power({0}, 2)",
    "POWER": "power({0}, {1})",
    "POW": "power({0}, {1})",
    "LOG": "(ln({1}) / ln({0}))",
    "BITAND": "({0} & {1})",
    "BITOR": "({0} | {1})",
    "BITXOR": "xor({0}, {1})",
    # String functions.
    "UPPER": "ek_upper(ek_text({0}))",
    "LOWER": "ek_lower(ek_text({0}))",
    "CONCAT": texts.joined,
    "CONCAT_WS": texts.joined_by,
    "LEN": "length(ek_text({0}))",
    "LEFT": "ek_left(ek_text({0}), {1})",
    "RIGHT": "ek_right(ek_text({0}), {1})",
    "TRIM": ("trim(ek_text({0}), ' ')", "trim(ek_text({0}), {1})"),
    "LTRIM": ("ltrim(ek_text({0}), ' ')", "ltrim(ek_text({0}), {1})"),
    "RTRIM": ("rtrim(ek_text({0}), ' ')", "rtrim(ek_text({0}), {1})"),
    "REPLACE": ("ek_replace(ek_text({0}), {1}, '')", "ek_replace(ek_text({0}), {1}, {2})"),
    "SPLIT_PART": "ek_split_part(ek_text({0}), {1}, {2})",
    "SPLIT": "ek_split(ek_text({0}), {1})",
    "SUBSTR": ("ek_substr(ek_text({0}), {1})", "ek_substr_of(ek_text({0}), {1}, {2})"),
    "SUBSTRING": ("ek_substr(ek_text({0}), {1})", "ek_substr_of(ek_text({0}), {1}, {2})"),
    "CHARINDEX": "strpos({1}, {0})",
    "CONTAINS": "contains(ek_text({0}), ek_text({1}))",
    "STARTSWITH": "starts_with(ek_text({0}), {1})",
    "ENDSWITH": "ends_with(ek_text({0}), {1})",
    "CHR": "chr(CAST({0} AS INTEGER))",
    "REVERSE": "reverse(ek_text({0}))",
    "INITCAP": texts.initcap,
    "REPEAT": "repeat(ek_text({0}), {1})",
    "LPAD": "lpad(ek_text({0}), CAST({1} AS INTEGER), {2})",
    "RPAD": "rpad(ek_text({0}), CAST({1} AS INTEGER), {2})",
    "MD5": "md5(ek_text({0}))",
    "MD5_HEX": "md5(ek_text({0}))",
    "SHA2": texts.sha2_of_text,
    "SHA1": "sha1(ek_text({0}))",
    "SHA1_HEX": "sha1(ek_text({0}))",
    "REGEXP_LIKE": patterns.whole,
    "RLIKE": patterns.whole,
    "REGEXP_REPLACE": patterns.replaced,
    "REGEXP_SUBSTR": patterns.snowflake_substr,
    "REGEXP_SUBSTR_ALL": patterns.snowflake_substr_all,
    "REGEXP_EXTRACT_ALL": patterns.snowflake_substr_all,
    "REGEXP_COUNT": patterns.counted,
    # Conversion functions.
    "TO_CHAR": formatted,
    "TO_VARCHAR": formatted,
    "TO_DATE": reader("DATE", DATE),
    "DATE": reader("DATE", DATE),
    "TRY_TO_DATE": reader("DATE", "ek_try_date({0})", attempt=True),
    "TO_TIMESTAMP": reader("TIMESTAMP", "ek_epoch({0})"),
    "TO_TIMESTAMP_NTZ": reader("TIMESTAMP", "ek_epoch({0})"),
    "TRY_TO_TIMESTAMP": reader("TIMESTAMP", "ek_try_timestamp({0})", attempt=True),
    "TRY_TO_TIMESTAMP_NTZ": reader("TIMESTAMP", "ek_try_timestamp({0})", attempt=True),
    "TO_TIMESTAMP_TZ": "ek_timestamptz({0})",
    "TO_TIMESTAMP_LTZ": "ek_timestamptz({0})",
    "TO_NUMBER": number(),
    "TO_DECIMAL": number(),
    "TO_NUMERIC": number(),
    "TRY_TO_NUMBER": number(attempt=True),
    "TRY_TO_DECIMAL": number(attempt=True),
    "TRY_TO_NUMERIC": number(attempt=True),
    "TO_DOUBLE": "ek_double({0})",
    "TRY_TO_DOUBLE": "ek_try_double({0})",
    "TO_BOOLEAN": "ek_boolean({0})",
    "TRY_TO_BOOLEAN": "ek_try_boolean({0})",
    # Date and time functions.
    "DATEADD": dates.dateadd,
    "TIMESTAMPADD": dates.dateadd,
    "TIMEADD": dates.dateadd,
    "DATEDIFF": dates.datediff,
    "TIMESTAMPDIFF": dates.datediff,
    "TIMEDIFF": dates.datediff,
    "DATE_TRUNC": dates.date_trunc,
    "DATE_PART": dates.date_part,
    "LAST_DAY": dates.last_day,
    "ADD_MONTHS": "ek_add_months({0}, CAST({1} AS INTEGER))",
    "MONTHS_BETWEEN": (
        "CAST(round(ek_months_between(ek_timestamp({0}), ek_timestamp({1})), 6) AS DECIMAL(18, 6))"
    ),
    "NEXT_DAY": dates.next_day,
    "PREVIOUS_DAY": dates.previous_day,
    "DAYNAME": "strftime({0}, '%a')",
    "MONTHNAME": "strftime({0}, '%b')",
    "DATE_FROM_PARTS": (
        "CAST(make_date(CAST({0} AS INTEGER), 1, 1) + to_months(CAST({1} AS INTEGER) - 1) "
        "+ to_days(CAST({2} AS INTEGER) - 1) AS DATE)"
    ),
    "CONVERT_TIMEZONE": dates.convert_timezone,
    "CURRENT_DATE": ("current_date",),
    "CURRENT_TIMESTAMP": ("current_timestamp",),
    "GETDATE": ("current_timestamp",),
    "SYSDATE": ("(current_timestamp AT TIME ZONE 'UTC')",),
    # Semi-structured and structured data functions.
    "PARSE_JSON": "ek_parse_json({0})",
    "TRY_PARSE_JSON": "ek_try_parse_json({0})",
    "TO_VARIANT": "ek_variant({0})",
    "GET": variants.get,
    "GET_PATH": variants.get_path,
    "IS_NULL_VALUE": "(json_type({0}) = 'NULL')",
    "ARRAY_SIZE": "ek_array_size({0})",
    "ARRAY_SLICE": "ek_array_slice({0}, CAST({1} AS INTEGER), CAST({2} AS INTEGER))",
    "ARRAY_CAT": "ek_array_cat({0}, {1})",
    "TYPEOF": "ek_typeof({0})",
    "TO_ARRAY": "ek_to_array({0})",
    "ARRAY_CONTAINS": "ek_array_contains({0}, {1})",
    # No macro: before 1.5, DuckDB wants the separator to be a constant when it binds one.
    "ARRAY_TO_STRING": (
        "array_to_string(list_transform(json_extract(CAST({0} AS JSON), '$[*]'), "
        "lambda e: coalesce(ek_text(e), '')), {1})"
    ),
    "ARRAY_CONSTRUCT": variants.array_construct,
    "OBJECT_CONSTRUCT": variants.object_construct,
    "UUID_STRING": ("CAST(uuid() AS VARCHAR)",),
    "SEQ1": seq,
    "SEQ2": seq,
    "SEQ4": seq,
    "SEQ8": seq,
}
AGGREGATES: dict[str, Entry] = {
    **common.AGGREGATES,
    **common.STATISTICS,
    "COUNT": variants.counted,
    "COUNT_IF": "count(CASE WHEN {0} THEN 1 END)",
    "BOOLOR_AGG": "bool_or({0})",
    "BOOLAND_AGG": "bool_and({0})",
    "MAX_BY": "arg_max_null({0}, {1})",
    "MIN_BY": "arg_min_null({0}, {1})",
    "LISTAGG": texts.listed,
    "ARRAY_AGG": variants.array_agg,
    "ARRAY_UNIQUE_AGG": variants.array_unique_agg,
    "APPROX_COUNT_DISTINCT": texts.counted_distinct,
    "HLL": texts.counted_distinct,
}
REFUSED = {
    **common.REFUSED,
    "HASH": "Its numbers are Snowflake's own. Use md5.",
    "RANDOM": "It is left to chance.",
    "OBJECT_CONSTRUCT_KEEP_NULL": "It isn't known to have an equal in DuckDB.",
    "TO_JSON": "Snowflake sorts the keys of an object, DuckDB doesn't.",
}
TABLE = Table(
    scalars={**common.SCALARS, **SCALARS},
    aggregates=AGGREGATES,
    windows=common.WINDOWS,
    types=types.SNOWFLAKE,
    rules={
        **RULES,
        exp.JSONExtract: variants.path,
        exp.Bracket: variants.element,
        exp.Add: databricks.moved,
        exp.Sub: databricks.moved,
        exp.EQ: variants.equality,
        exp.NEQ: variants.equality,
        exp.Lateral: variants.lateral,
        exp.Table: pivots.rule(variants.table),
        exp.Subquery: pivots.rule(same),
        exp.Column: variants.column,
        exp.Star: variants.star,
        exp.Extract: extract,
        exp.Update: updates.updated,
        exp.ToBoolean: tried_boolean,
        exp.RegexpLike: patterns.operator,
        exp.StrPosition: patterns.position,
    },
    macros=(
        snowflake_macros.FLOAT_TEXT,
        macros.WITHIN,
        TEXT,
        snowflake_macros.NUMERAL,
        macros.DOUBLE,
        macros.TRY_DOUBLE,
        macros.BIGINT,
        macros.tried(macros.BIGINT),
        macros.BOOLEAN,
        macros.tried(macros.BOOLEAN),
        *snowflake_macros.READ,
        macros.EPOCH,
        macros.WALL,
        *macros.CONTAINERS,
        macros.TIMESTAMPTZ,
        macros.TRY_TIMESTAMPTZ,
        macros.DIVIDE_FLOATS,
        macros.TITLED,
        *dates.TIMES,
        macros.LEFT,
        macros.RIGHT,
        macros.SPLIT_PART,
        *macros.SUBSTR_FROM_END,
        *dates.PLUS,
        *dates.MONTHS_BETWEEN,
        dates.TRUNC_KEEPS_DATES,
        *variants.MACROS,
        *snowflake_macros.MACROS,
    ),
    refused=REFUSED,
    prepare=kept.mark,
    check=numerals.check,
    tries={**macros.TRIES, DATE: "ek_try_date({0})", "ek_timestamp({0})": "ek_try_timestamp({0})"},
    whole_frames=True,
)
