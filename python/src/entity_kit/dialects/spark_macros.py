"""DuckDB macros for what Spark does in its own way."""

from __future__ import annotations

from entity_kit.dialects.macros import (
    AS_DOUBLE,
    AS_TIMESTAMP,
    AS_UTC,
    FLOAT,
    NESTED,
    UNQUOTED,
    failed,
    macro,
    text,
)
from entity_kit.dialects.macros import TRIES as COMMON_TRIES
from entity_kit.dialects.macros import TRY_DOUBLE as COMMON_TRY_DOUBLE

# Between 0.001 and 1e7 Java writes a float as DuckDB does.
SPARK_FLOAT_TEXT = macro(
    "ek_float_text(x)",
    "case when x is null or x = 0 or (abs(x) >= 1e-3 and abs(x) < 1e7) then cast(x as varchar) "
    "else "
    + failed("'A float this small or large is written differently by each engine: ' || x")
    + " end",
)


def trimmed(value: str) -> str:
    """Return SQL that writes a time with the digits of its second that are not zero."""
    return (
        f"regexp_replace(regexp_replace(strftime({value}, '%Y-%m-%d %H:%M:%S.%f'), "
        "'0+$', ''), '\\.$', '')"
    )


SPARK_TEXT = text(trimmed(AS_TIMESTAMP)).replace(
    f"when {NESTED}",
    f"when typeof(x) = 'TIMESTAMP WITH TIME ZONE' then {trimmed(AS_UTC)} when {NESTED}",
)
# Dates and times that Spark reads and DuckDB doesn't ("2024-01"), or the other way around
# ("infinity"), where a cast is tried.
ISO = "'^\\s*\\d{4}-\\d{1,2}-\\d{1,2}([T ]([01]?\\d|2[0-3]):\\d{2}:\\d{2}(\\.\\d*)?(Z|[+-]\\d{2}:\\d{2})?)?$'"
READ = "'(?i)^\\s*([+-]?\\d{4,7}(\\s|-|T|$)|T?\\d{1,2}:|epoch|now|today|tomorrow|yesterday)'"
LAX = f"'Spark may read this as a date or a time: ' || {UNQUOTED}"


def tried_time(name: str, kind: str) -> str:
    return macro(
        f"ek_try_{name}(x)",
        "case when typeof(x) in ('VARCHAR', 'JSON') then case "
        f"when regexp_matches({UNQUOTED}, {ISO}) then try_cast({UNQUOTED} as {kind}) "
        f"when regexp_matches({UNQUOTED}, {READ}) then cast({LAX} as {kind}) end "
        f"else try_cast(x as {kind}) end",
    )


TRY_TIMES = (
    tried_time("spark_date", "date"),
    tried_time("spark_time", "timestamptz"),
    tried_time("wall_time", "timestamp"),
)
TRIES = {
    **COMMON_TRIES,
    "CAST({0} AS DATE)": "ek_try_spark_date({0})",
    "ek_date({0})": "ek_try_spark_date({0})",
    "CAST({0} AS TIMESTAMPTZ)": "ek_try_spark_time({0})",
    "CAST({0} AS TIMESTAMP)": "ek_try_wall_time({0})",
}
# Java reads `1d` and `1f` as floats.
NAN = "(nan|inf|infinity)"
TRY_DOUBLE = COMMON_TRY_DOUBLE.replace(NAN, "(nan|inf|infinity|[\\d.]+(e[+-]?\\d+)?[df])")
# What has no logarithm gives NULL.
LOGARITHMS = tuple(
    macro(f"ek_{name}(x)", f"case when x > 0 then {name}(x) end")
    for name in ("ln", "log10", "log2")
)
# A number is cut off.
TRUNCATED = macro(
    "ek_bigint(x)",
    "case when typeof(x) in ('VARCHAR', 'JSON') then cast(ek_whole_numeral(x) as bigint) "
    f"when {FLOAT} then cast(trunc({AS_DOUBLE}) as bigint) "
    "when typeof(x) like 'DECIMAL%' then "
    "cast(regexp_replace(cast(x as varchar), '\\..*', '') as bigint) else cast(x as bigint) end",
)
SPARK_BOOLEAN = macro(
    "ek_boolean(x)",
    "case when typeof(x) = 'VARCHAR' then "
    f"case when lower(trim({UNQUOTED})) in ('true', 't', 'yes', 'y', '1') then true "
    f"when lower(trim({UNQUOTED})) in ('false', 'f', 'no', 'n', '0') then false "
    f"else cast('Not a boolean: ' || {UNQUOTED} as boolean) end else cast(x as boolean) end",
)


# A start from the end may lie before the beginning, and uses up the length then.
SUBSTR_SPARK = (
    macro(
        "ek_substr(x, s)",
        "substr(x, case when s >= 1 then s when s = 0 or -s > length(x) then 1 "
        "else length(x) + s + 1 end)",
    ),
    macro(
        "ek_substr_of(x, s, n)",
        "case when x is null or s is null or n is null then null "
        "when n <= 0 then left(x, 0) when s > 0 then substr(x, s, n) "
        "when s = 0 then substr(x, 1, n) when length(x) + s >= 0 "
        "then substr(x, length(x) + s + 1, n) when length(x) + s + n <= 0 then left(x, 0) "
        "else substr(x, 1, length(x) + s + n) end",
    ),
)
# "months_between": whole where both are the same day of their months, or the last; else the rest has
# parts of a month of 31 days.
MONTHS = macro(
    "ek_months_between(a, b, r)",
    "case when r then round(ek_months_apart(a, b), 8) else ek_months_apart(a, b) end",
)
# `a:b` finds the field of a text whatever its case; DuckDB looks for the one that is written. Of a
# VARIANT, what is found is one, too: it must be cast.
CASES = "'A field of a JSON that is written in another case: ' || cast(p as varchar)"
KEPT = "'A VARIANT that is compared or kept: cast it'"
COLON = (
    macro(
        "ek_colon(x, p)",
        "case when typeof(x) in ('VARCHAR', 'JSON') and ek_json_text(x, p) is null "
        "and ek_json_text(lower(cast(x as varchar)), lower(p)) is not null "
        f"then {failed(CASES)} else ek_json_text(x, p) end",
    ),
    macro(
        "ek_colon_of_text(x, p)",
        f"case when typeof(x) = 'JSON' then {failed(KEPT)} else ek_colon(x, p) end",
    ),
)
