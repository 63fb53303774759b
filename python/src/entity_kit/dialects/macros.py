"""DuckDB macros for what a dialect has and DuckDB hasn't.

DuckDB knows the type of an argument when it binds a macro, so a condition on `typeof` costs
nothing when the query runs, and only the branch of that type is left.
"""

from __future__ import annotations


def macro(signature: str, body: str) -> str:
    return f"create or replace macro {signature} as {body}"


FLOAT = "typeof(x) in ('DOUBLE', 'FLOAT')"
NESTED = "regexp_matches(typeof(x), '(\\[\\d*\\]$)|^(STRUCT|MAP|UNION|BLOB|VARIANT)')"
# Through text, because a cast that doesn't exist (of a date, say) would fail in every branch.
AS_DOUBLE = "try_cast(cast(x as varchar) as double)"
AS_TIMESTAMP = "try_cast(cast(x as varchar) as timestamp)"
UNQUOTED = "(to_json(x) ->> '$')"

# Between 0.0001 and 1e15 engines write a float's digits alike; beyond they differ.
FLOAT_TEXT = macro(
    "ek_float_text(x)",
    "case when x is null then null when x = 0 then '0' "
    "when abs(x) >= 1e-4 and abs(x) < 1e15 then regexp_replace(cast(x as varchar), '\\.0$', '') "
    "else error('A float this small or large is written differently by each engine: ' || x) end",
)


def text(timestamp: str = "", boolean: str = "", *, float_text: str = "ek_float_text") -> str:
    """Return the macro that writes a value as text: how times and booleans are written differs."""
    times = f"when typeof(x) = 'TIMESTAMP' then {timestamp} " if timestamp else ""
    booleans = f"when typeof(x) = 'BOOLEAN' then {boolean} " if boolean else ""
    return macro(
        "ek_text(x)",
        f"case when typeof(x) = 'JSON' then {UNQUOTED} "
        f"when {FLOAT} then {float_text}({AS_DOUBLE}) {times}{booleans}"
        f"when {NESTED} then error('There is no text of a ' || typeof(x)) "
        "else cast(x as varchar) end",
    )


# Half away from zero, where DuckDB rounds half to even.
BIGINT = macro(
    "ek_bigint(x)",
    f"case when {FLOAT} then cast(round({AS_DOUBLE}) as bigint) "
    f"when typeof(x) = 'JSON' then cast({UNQUOTED} as bigint) else cast(x as bigint) end",
)
# A wall clock: an offset in text is left out.
OFFSET = "(:\\d{2}(\\.\\d+)?)\\s*([+-]\\d{2}(:?\\d{2})?|Z|UTC)$"
TIMESTAMP = macro(
    "ek_timestamp(x)",
    "case when typeof(x) in ('VARCHAR', 'JSON') "
    f"then cast(regexp_replace({UNQUOTED}, '{OFFSET}', '\\1') as timestamp) "
    "else cast(x as timestamp) end",
)
ZERO = "error('Division by zero')"
DIVIDE_FLOATS = macro(
    "ek_divide(a, b)",
    f"case when b = 0 then {ZERO} else cast(a as double) / cast(b as double) end",
)
# Of whole numbers the quotient is whole. What DuckDB adds up is a HUGEINT: whether the engine's
# sum is whole or a decimal depends on the column.
SUMMED = (
    "error('A quotient of sums of whole numbers: cast the sum to bigint or numeric, so that it "
    "is known whether the quotient is whole')"
)
DIVIDE_TRUNCATED = macro(
    "ek_divide(a BIGINT, b BIGINT)",
    f"case when b = 0 then {ZERO} else a // b end, "
    f"(a HUGEINT, b HUGEINT) as {SUMMED}, (a HUGEINT, b BIGINT) as {SUMMED}, "
    f"(a BIGINT, b HUGEINT) as {SUMMED}, "
    f"(a DOUBLE, b DOUBLE) as case when b = 0 then {ZERO} else a / b end",
)
