"""DuckDB macros for what Redshift does in its own way."""

from __future__ import annotations

from entity_kit.dialects.macros import AS_DOUBLE, FLOAT, WHOLE, by_type, failed, macro

# How a half is rounded isn't documented, nor what a negative length is.
HALF = "'How a half is rounded is not known'"
NO_HALVES = macro(
    "ek_bigint(x)",
    "case when typeof(x) in ('VARCHAR', 'JSON') then cast(ek_whole_numeral(x) as bigint) "
    f"when {FLOAT} and abs({AS_DOUBLE} - trunc({AS_DOUBLE})) = 0.5 "
    f"then cast({failed(HALF)} as bigint) else cast(x as bigint) end",
)
ROUND_NO_HALVES = macro(
    "ek_round(x)",
    f"case when {FLOAT} and abs({AS_DOUBLE} - trunc({AS_DOUBLE})) = 0.5 "
    f"then cast_to_type({failed(HALF)}, x) else round(x) end",
)
NEGATIVE = "case when n < 0 then cast('A negative length of a text' as bigint) else n end"
LEFT_KNOWN = macro("ek_left(x, n)", f"left(x, {NEGATIVE})")
RIGHT_KNOWN = macro("ek_right(x, n)", f"right(x, {NEGATIVE})")


def of_its_type(name: str, whole: str, other: str) -> str:
    """Return the macro of a function that returns its argument's type: `/` goes by it."""
    kind = f"case when {WHOLE} then 'whole' else 'other' end"
    return macro(f"{name}(x)", by_type({"whole": whole, "other": other}, kind))


# "SIGN", "FLOOR", and "CEILING (or CEIL)".
OF_THEIR_TYPE = (
    of_its_type("ek_sign", "sign(x)", "cast(sign(x) as double)"),
    of_its_type("ek_floor", "x", "floor(x)"),
    of_its_type("ek_ceil", "x", "ceil(x)"),
)
# "EXTRACT": an integer, but a float of a timestamp with a zone.
PART = macro(
    "ek_part(v, x)",
    by_type(
        {"whole": "v", "float": "cast(v as double)"},
        "case when typeof(x) = 'TIMESTAMP WITH TIME ZONE' then 'float' else 'whole' end",
    ),
)
# "DATEADD": years after February 29 it is March 1; after as many months, it is February 28.
LEAP_DAY = "cast('Years before a February 29' as integer)"
YEARS_LATER = macro(
    "ek_years_later(d, n)",
    "case when month(d) = 2 and day(d) = 29 and day(d + to_years(n)) = 28 "
    f"then d + to_years(case when n > 0 then n else {LEAP_DAY} end) + to_days(1) "
    "else d + to_years(n) end",
)
# Redshift's lengths are in bytes, and where it cuts a character in two isn't documented.
IN_BYTES = "'A text outside of ASCII that its type cuts off: ' || x"
CUT = macro(
    "ek_cut(x, n)",
    "case when strlen(x) <= n then x when strlen(x) = length(x) then left(x, n) "
    f"else {failed(IN_BYTES)} end",
)
