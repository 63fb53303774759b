"""DuckDB macros for what a dialect has and DuckDB hasn't.

DuckDB knows the type of an argument when it binds a macro, so a condition on `typeof` costs
nothing when the query runs, and only the branch of that type is left. (Overloads for types would
be shorter, but are chosen before the type of an aggregate is known, and wrongly then.)
"""

from __future__ import annotations

import re


def macro(signature: str, body: str) -> str:
    return f"create or replace macro {signature} as {body}"


def failed(message: str) -> str:
    """Return SQL of a text that always fails.

    Not `error(…)`: DuckDB takes that for volatile, and refuses it in PARTITION BY and ORDER BY.
    """
    return f"cast(cast({message} as integer) as varchar)"


def tried(made: str) -> str:
    """Return the macro `ek_try_…` to one of a cast: NULL where that cast fails.

    Not `TRY(…)` around it, which would also hide an error of the value that is cast. What
    `failed` writes stays an error.
    """
    head, _, body = made.partition(" as ")
    body = re.sub(r"(?<![\w(])(?<!cast\()cast\((?!cast\(|x as varchar\))", "try_cast(", body)
    return f"{head.replace('macro ek_', 'macro ek_try_')} as {body}"


FLOAT = "typeof(x) in ('DOUBLE', 'FLOAT')"
NESTED = "regexp_matches(typeof(x), '(\\[\\d*\\]$)|^(STRUCT|MAP|UNION|BLOB|VARIANT|INTERVAL)')"
# Through text, because a cast that doesn't exist (of a date, say) would fail in every branch.
AS_DOUBLE = "try_cast(cast(x as varchar) as double)"
AS_TIMESTAMP = "try_cast(cast(x as varchar) as timestamp)"
NO_TEXT = "'There is no text of a ' || typeof(x)"
KEYS = "'The order of the keys of an object as text differs'"
UNQUOTED = "(to_json(x) ->> '$')"

# Between 0.0001 and 1e15 engines write a float's digits alike; beyond they differ.
FLOAT_TEXT = macro(
    "ek_float_text(x)",
    "case when x is null then null when x = 0 then '0' "
    "when abs(x) >= 1e-4 and abs(x) < 1e15 then regexp_replace(cast(x as varchar), '\\.0$', '') "
    "else "
    + failed("'A float this small or large is written differently by each engine: ' || x")
    + " end",
)


# How a number such as 1.0 or 1e3 in JSON becomes text isn't the same.
ODD_NUMBER = "'^-?\\d+(\\.\\d*0$|(\\.\\d+)?[eE])'"
ODD = "'A number in JSON as text: ' || cast(x as varchar)"


def text(
    timestamp: str = "",
    boolean: str = "",
    *,
    float_text: str = "ek_float_text",
    objects: bool = True,
    more: dict[str, str] | None = None,
) -> str:
    """Return the macro that writes a value as text: how times and booleans are written differs."""
    json = UNQUOTED
    if not objects:
        json = (
            f"case when contains(cast(x as varchar), '{{') and json_type(to_json(x)) in "
            f"('OBJECT', 'ARRAY') then {failed(KEYS)} "
            f"when regexp_matches(cast(x as varchar), {ODD_NUMBER}) then {failed(ODD)} "
            f"else {UNQUOTED} end"
        )
    times = f"when typeof(x) = 'TIMESTAMP' then {timestamp} " if timestamp else ""
    times += "".join(f"when typeof(x) = '{kind}' then {how} " for kind, how in (more or {}).items())
    booleans = f"when typeof(x) = 'BOOLEAN' then {boolean} " if boolean else ""
    return macro(
        "ek_text(x)",
        f"case when typeof(x) = 'JSON' then {json} "
        f"when {FLOAT} then {float_text}({AS_DOUBLE}) {times}{booleans}"
        f"when {NESTED} then {failed(NO_TEXT)} "
        "else cast(x as varchar) end",
    )


# Half away from zero, where DuckDB rounds half to even.
BIGINT = macro(
    "ek_bigint(x)",
    f"case when {FLOAT} then cast(round({AS_DOUBLE}) as bigint) "
    "when typeof(x) in ('VARCHAR', 'JSON') then cast(ek_numeral(x) as bigint) "
    "else cast(x as bigint) end",
)
# A wall clock: an offset in text is left out.
OFFSET = "(:\\d{2}(\\.\\d+)?)\\s*([+-]\\d{2}(:?\\d{2})?|Z|UTC)$"
READ_ALIKE = (
    "'^\\s*\\d{4}-\\d{1,2}-\\d{1,2}([T ]\\d{1,2}:\\d{2}(:\\d{2}(\\.\\d{0,6})?)?"
    "\\s*(Z|UTC|[+-]\\d{2}(:?\\d{2})?)?)?\\s*$'"
)
TIMESTAMP = macro(
    "ek_timestamp(x)",
    "case when typeof(x) in ('VARCHAR', 'JSON') "
    f"then cast(case when regexp_matches({UNQUOTED}, {READ_ALIKE}) "
    f"then regexp_replace({UNQUOTED}, '{OFFSET}', '\\1') "
    f"else 'Not known to be read alike: ' || {UNQUOTED} end as timestamp) "
    "else cast(x as timestamp) end",
)
# Seconds with more digits are rounded there, and cut here.
INSTANT = macro(
    "ek_instant(x)",
    "case when typeof(x) in ('VARCHAR', 'JSON') "
    f"then cast(case when regexp_matches({UNQUOTED}, ':\\d{{2}}\\.\\d{{7}}') "
    f"then 'Not known to be read alike: ' || {UNQUOTED} else {UNQUOTED} end as timestamptz) "
    "else cast(x as timestamptz) end",
)
ZERO = "cast('Division by zero' as double)"
DIVIDE_FLOATS = macro(
    "ek_divide(a, b)",
    f"case when b = 0 then {ZERO} else cast(a as double) / cast(b as double) end",
)
# Of whole numbers the quotient is whole. What DuckDB adds up is a HUGEINT: whether the engine's
# sum is whole or a decimal depends on the column.
SUMMED = (
    "'A quotient of sums of whole numbers: cast the sum to bigint or numeric, so that it "
    "is known whether the quotient is whole'"
)
# The type of a `numeric` that has no precision. It leaves room: where DuckDB finds a common type
# for decimals, it gives up digits after the point above 38 in all.
NUMERIC = "decimal(26, 12)"
FLOATS = "('DOUBLE', 'FLOAT')"


def by_type(values: dict[str, str], name: str) -> str:
    """Return SQL of the value whose name SQL computes from types, with the type of that value.

    In a CASE all branches would become of one type. A field of a struct keeps its own, and which
    one it is is known when DuckDB binds.
    """
    fields = ", ".join(
        f"'{each}': case when {name} = '{each}' then {value} end" for each, value in values.items()
    )
    return f"struct_extract({{{fields}}}, {name})"


QUOTIENT = (
    "case when typeof(a // b) not in ('DOUBLE', 'FLOAT') then 'whole' "
    f"when typeof(a) in {FLOATS} or typeof(b) in {FLOATS} then 'float' else 'decimal' end"
)
DIVIDE_TRUNCATED = macro(
    "ek_divide(a, b)",
    by_type(
        {
            "whole": "case when b = 0 then cast_to_type('Division by zero', a // b) "
            f"when typeof(a // b) = 'HUGEINT' then cast_to_type({SUMMED}, a // b) else a // b end",
            "float": f"case when b = 0 then {ZERO} else cast(a as double) / cast(b as double) end",
            "decimal": f"cast(case when b = 0 then {ZERO} "
            f"else cast(a as double) / cast(b as double) end as {NUMERIC})",
        },
        QUOTIENT,
    ),
)
# The average of what isn't a float is a numeric; `m` has the type of what is averaged.
AVERAGE = macro(
    "ek_avg(a, m)",
    by_type(
        {"float": "a", "decimal": f"cast(a as {NUMERIC})"},
        f"case when typeof(m) in {FLOATS} then 'float' else 'decimal' end",
    ),
)

# Of a whole number, the function of a float: the quotient of what it returns isn't whole.
WHOLE = "typeof(x) in ('TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'HUGEINT')"
TRUNCATED = macro(
    "ek_truncated(x)",
    by_type(
        {"whole": "cast(x as double)", "other": "trunc(x)"},
        f"case when {WHOLE} then 'whole' else 'other' end",
    ),
)

# Text in, text out: what differs at the edges.
LEFT = macro("ek_left(x, n)", "left(x, case when n < 0 then 0 else n end)")
RIGHT = macro("ek_right(x, n)", "right(x, case when n < 0 then 0 else n end)")
SPLIT_PART = macro(
    "ek_split_part(x, d, n)",
    "case when x is null or n is null then null "
    "when d = '' then case when n in (-1, 0, 1) then x else '' end "
    "else split_part(x, d, case when n = 0 then 1 else n end) end",
)
BOOLEAN = macro(
    "ek_boolean(x)",
    "case when typeof(x) in ('VARCHAR', 'JSON') then "
    f"case when lower(trim({UNQUOTED})) in ('true', 't', 'yes', 'y', 'on', '1') then true "
    f"when lower(trim({UNQUOTED})) in ('false', 'f', 'no', 'n', 'off', '0') then false "
    f"else cast('Not a boolean: ' || {UNQUOTED} as boolean) end "
    "else cast(x as boolean) end",
)
NUMBER = "'^\\s*[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?\\s*$'"
# DuckDB also reads 1_000 and 0x1F, which others don't. What comes out can't be cast then, so that
# TRY makes it NULL.
NUMERAL = macro(
    "ek_numeral(x)",
    f"case when typeof(x) in ('VARCHAR', 'JSON') then case when regexp_matches({UNQUOTED}, {NUMBER}) "
    f"then {UNQUOTED} else 'Not a number: ' || {UNQUOTED} end "
    "else cast(x as varchar) end",
)
SPECIAL = "'Not a number that is known to be read alike: ' || " + UNQUOTED


def double(name: str, cast: str) -> str:
    return macro(
        f"{name}(x)",
        "case when typeof(x) in ('VARCHAR', 'JSON') then "
        f"case when regexp_matches({UNQUOTED}, '(?i)^\\s*[+-]?(nan|inf|infinity)\\s*$') "
        f"then cast({failed(SPECIAL)} as double) "
        f"else {cast}(ek_numeral(x) as double) end else cast(x as double) end",
    )


DOUBLE = double("ek_double", "cast")
TRY_DOUBLE = double("ek_try_double", "try_cast")
TRIES = {
    "ek_time({0})": "ek_try_time({0})",
    "ek_double({0})": "ek_try_double({0})",
    "ek_timestamptz({0})": "ek_try_timestamptz({0})",
    "CAST(ek_double({0}) AS FLOAT)": "TRY_CAST(ek_try_double({0}) AS FLOAT)",
}
WALL = macro(
    "ek_wall(x, z)",
    "case when typeof(x) = 'TIMESTAMP WITH TIME ZONE' then cast(x as timestamptz) at time zone z "
    "else (cast(x as timestamp) at time zone 'UTC') at time zone z end",
)
# A whole number is seconds since 1970; other numbers are refused.
EPOCH = macro(
    "ek_epoch(x)",
    "case when typeof(x) in ('TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'HUGEINT') "
    "or typeof(x) similar to 'DECIMAL\\(\\d+,0\\)' "
    "then make_timestamp(1000000 * try_cast(cast(x as varchar) as bigint)) "
    "when typeof(x) like 'DECIMAL%' or typeof(x) in ('DOUBLE', 'FLOAT') "
    "then cast('The seconds of a timestamp are not whole' as timestamp) "
    "else ek_timestamp(x) end",
)
DATE = macro(
    "ek_date(x)",
    f"case when typeof(x) in ('VARCHAR', 'JSON') then cast({UNQUOTED} as date) "
    "when typeof(x) in ('DATE', 'TIMESTAMP', 'TIMESTAMP WITH TIME ZONE', '\"NULL\"') "
    "then cast(x as date) else cast('Not a date: a ' || typeof(x) as date) end",
)
WITHIN = macro(
    "ek_within(x, n)",
    "case when length(x) > n then "
    + failed("'A text is longer than its type allows: ' || x")
    + " else x end",
)
# Negative starts count from the end; what is before the beginning is empty. A start of 0 isn't
# the same everywhere.
FROM_0 = "'A substring from 0'"
SUBSTR_FROM_END = (
    macro(
        "ek_substr(x, s)",
        f"case when s = 0 then {failed(FROM_0)} when -s > length(x) then '' else substr(x, s) end",
    ),
    macro(
        "ek_substr_of(x, s, n)",
        "case when x is null or s is null or n is null then null "
        f"when s = 0 then {failed(FROM_0)} when n <= 0 or -s > length(x) then '' "
        "else substr(x, s, n) end",
    ),
)


# How BigQuery writes values: no zeros at the end of a decimal, three or six digits of a second.
AS_UTC = "(try_cast(cast(x as varchar) as timestamptz) at time zone 'UTC')"
# A timestamp that keeps an offset: with one other than UTC, its day and hour would differ.
OTHER_ZONE = "'A timestamp whose offset is not UTC: ' || " + UNQUOTED


def timestamptz(name: str, cast: str) -> str:
    return macro(
        f"{name}(x)",
        "case when typeof(x) in ('VARCHAR', 'JSON') then case when "
        f"regexp_matches({UNQUOTED}, ':\\d{{2}}(\\.\\d+)?\\s*[+-](0[1-9]|1\\d|00:?[1-9]|00:?\\d[1-9])') "
        f"then cast({failed(OTHER_ZONE)} as timestamptz) "
        f"else {cast}({UNQUOTED} as timestamptz) end else cast(x as timestamptz) end",
    )


TIMESTAMPTZ = timestamptz("ek_timestamptz", "cast")
TRY_TIMESTAMPTZ = timestamptz("ek_try_timestamptz", "try_cast")
# A whole number as text, which alone casts to an integer.
WHOLE_NUMERAL = macro(
    "ek_whole_numeral(x)",
    f"case when typeof(x) = 'VARCHAR' then case when regexp_matches({UNQUOTED}, "
    f"'^\\s*[+-]?\\d+\\s*$') then {UNQUOTED} else 'Not a whole number: ' || {UNQUOTED} end "
    f"when typeof(x) = 'JSON' then {UNQUOTED} else cast(x as varchar) end",
)
INTEGERS = macro(
    "ek_bigint(x)",
    "case when typeof(x) in ('VARCHAR', 'JSON') then cast(ek_whole_numeral(x) as bigint) "
    "else cast(x as bigint) end",
)
PART_0 = "'A part 0 of a text'"
SPLIT_PART_FROM_1 = macro(
    "ek_split_part(x, d, n)",
    "case when x is null or n is null then null "
    f"when n = 0 then {failed(PART_0)} "
    "when d = '' then case when n in (-1, 1) then x else '' end else split_part(x, d, n) end",
)
# Postgres rounds a float half to even, and a numeric half away from zero.
ROUND_EVEN = macro(
    "ek_round(x)",
    f"case when {FLOAT} then round_even({AS_DOUBLE}, 0) else round(x) end",
)
PAD = macro(
    "ek_pad(side, x, n, fill)",
    "case when x is null or n is null or fill is null then null "
    "when n <= 0 then left(x, 0) when fill = '' then left(x, n) "
    "when side = 'l' then lpad(x, n, fill) else rpad(x, n, fill) end",
)
# `concat` writes true as t.
OUTPUT = macro(
    "ek_output(x)",
    "case when typeof(x) = 'BOOLEAN' then left(cast(x as varchar), 1) else ek_text(x) end",
)
# A start before 1 uses up the length.
NEGATIVE_LENGTH = "'A negative length of a substring'"
SUBSTR_FROM_ONE = (
    macro("ek_substr(x, s)", "substr(x, case when s < 1 then 1 else s end)"),
    macro(
        "ek_substr_of(x, s, n)",
        "case when x is null or s is null or n is null then null "
        f"when n < 0 then {failed(NEGATIVE_LENGTH)} "
        "when s < 1 then case when n + s - 1 <= 0 then left(x, 0) else substr(x, 1, n + s - 1) end "
        "when n = 0 then left(x, 0) else substr(x, s, n) end",
    ),
)
ZONE = macro(
    "ek_zone(x, z)",
    "case when typeof(x) = 'DATE' "
    "then cast_to_type('A date at a time zone: cast it to a timestamp', x at time zone z) "
    "else x at time zone z end",
)
# In these letters the title case isn't the upper case, or that is several letters.
TITLED = macro(
    "ek_titled(x)",
    "case when regexp_matches(x, '[ßİΣŉǰΐΰև\\x{1c4}-\\x{1cc}\\x{1f1}-\\x{1f3}\\x{1e96}-\\x{1e9e}"
    "\\x{1f50}-\\x{1ffc}\\x{fb00}-\\x{fb17}]') then "
    + failed("'A letter without a known title case: ' || x")
    + " else x end",
)
# Letters whose other case is several letters, or depends on their place.
OTHER_LOWER = "'A letter without a known lower case: ' || x"
CASES = (
    macro("ek_upper(x)", "upper(ek_titled(replace(x, 'ß', 'SS')))"),
    macro(
        "ek_lower(x)",
        f"case when regexp_matches(x, '[İΣ]') then {failed(OTHER_LOWER)} else lower(x) end",
    ),
)
OBJECT_TEXT = "'An object or an array as text'"
JSON_TEXT = macro(
    "ek_json_text(x, p)",
    "case when json_type(cast(x as json), p) in ('OBJECT', 'ARRAY') "
    f"then {failed(OBJECT_TEXT)} else json_extract_string(cast(x as json), p) end",
)
# A date becomes a time where it is truncated.
TRUNC_TO_TIMES = macro("ek_trunc(u, a)", "date_trunc(u, a) + interval 0 second")
NUMERIC_TEXT = "'A numeric without a scale as text: cast it to one with a scale'"
POSTGRES_TEXT = text().replace(
    f"when {NESTED}", f"when typeof(x) = 'DECIMAL(26,12)' then {failed(NUMERIC_TEXT)} when {NESTED}"
)
DIV = macro(
    "ek_div(a, b)",
    f"case when b = 0 then {ZERO} when typeof(a // b) in ('DOUBLE', 'FLOAT') "
    "then cast(trunc(cast(a as double) / cast(b as double)) as bigint) "
    "else cast(a // b as bigint) end",
)
MINUS = macro(
    "ek_minus(a, b)",
    "case when typeof(a) = 'DATE' and typeof(b) = 'DATE' "
    "then cast_to_type('A date less a date is an interval: use datediff', a - b) else a - b end",
)
AT = macro(
    "ek_at(a, i)",
    "a[case when i < 0 or i >= len(a) then cast('An element outside of its array' as bigint) "
    "else i + 1 end]",
)
# `::array` wraps what is none, `::object` is an error then.
CONTAINERS = tuple(
    macro(
        f"{called}(x)",
        "case when x is null then null when typeof(x) = 'JSON' "
        f"and json_type(cast(x as json)) = '{name.upper()}' then cast(x as json) "
        f"else cast('Not an {name}: ' || cast(x as varchar) as json) end",
    )
    for name, called in (("array", "ek_array"), ("object", "ek_object_of"))
)
