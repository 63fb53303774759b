"""DuckDB macros for what Snowflake does in its own way."""

from __future__ import annotations

from entity_kit.dialects.macros import (
    CASES,
    FLOAT,
    OFFSET,
    UNQUOTED,
    failed,
    macro,
    tried,
)
from entity_kit.dialects.macros import NUMERAL as COMMON_NUMERAL

# "ADD_MONTHS": the last day of a month leads to the last day of another.
ADD_MONTHS = macro(
    "ek_add_months(a, n)",
    "cast_to_type(a + to_months(n) + case when cast(a as date) = last_day(a) then "
    "to_days(cast(day(last_day(a + to_months(n))) - day(a + to_months(n)) as integer)) "
    "else to_days(0) end, a)",
)
NO_TYPE = "'The type of a value that is no VARIANT, or whose kind of number is not known'"
NO_TIME = "'The type of a VARIANT that may be a date or a time: ' || cast(v as varchar)"
TYPEOF = macro(
    "ek_typeof(v)",
    "case when v is null then null when typeof(v) <> 'JSON' "
    f"or json_type(cast(v as json)) = 'DOUBLE' then {failed(NO_TYPE)} "
    "when regexp_matches(cast(v as varchar), "
    f"'^\"(\\d{{4}}-\\d\\d-\\d\\d|\\d\\d:\\d\\d:\\d\\d)') then {failed(NO_TIME)} "
    "else case json_type(cast(v as json)) when 'UBIGINT' then 'INTEGER' "
    "when 'BIGINT' then 'INTEGER' when 'NULL' then 'NULL_VALUE' "
    "else json_type(cast(v as json)) end end",
)
# DuckDB parts a text into its characters then.
NO_SEPARATOR = "'A text split by an empty one: ' || x"
SPLIT = macro(
    "ek_split(x, s)",
    f"to_json(string_split(case when s = '' then {failed(NO_SEPARATOR)} else x end, s))",
)
NO_PLACE = "'A place before the first, of an array'"
ELEMENT = macro(
    "ek_element(v, i)",
    "case when typeof(i) = 'VARCHAR' then json_extract(cast(v as json), '$.\"' || i || '\"') "
    "else json_extract(cast(v as json), '$[' || case when try_cast(cast(i as varchar) as bigint) >= 0 "
    f"then cast(i as varchar) else {failed(NO_PLACE)} end || ']') end",
)
# From the first place up to but not the second; a negative one counts from the end.
FROM = "case when s < 0 then greatest(json_array_length(cast(a as json)) + s, 0) else s end"
TO = "case when e < 0 then json_array_length(cast(a as json)) + e else e end"
ARRAYS = (
    macro(
        "ek_array_slice(a, s, e)",
        f"case when {FROM} < {TO} then to_json(list_slice(cast(a as json) -> '$[*]', "
        f"{FROM} + 1, {TO})) when a is null or s is null or e is null then null "
        "else cast('[]' as json) end",
    ),
    macro(
        "ek_array_cat(a, b)",
        "case when a is null or b is null then null else "
        "to_json(list_concat(cast(a as json) -> '$[*]', cast(b as json) -> '$[*]')) end",
    ),
)
# A quotient of NULL by 0 is NULL; of DIV0NULL the manual doesn't say it.
NO_QUOTIENT = "'DIV0NULL of NULL by 0 or by NULL'"
DIV0 = (
    macro(
        "ek_div0(a, b)",
        "case when a is null then null when b = 0 then 0 else cast(a as double) / b end",
    ),
    macro(
        "ek_div0null(a, b)",
        "case when b is null or b = 0 then case when a is null "
        f"then cast({NO_QUOTIENT} as double) else 0 end else cast(a as double) / b end",
    ),
)
# The digits of a float as text are fewer than those of other engines.
DIGITS = "ltrim(replace(regexp_replace(cast(abs(x) as varchar), '\\.0$', ''), '.', ''), '0')"
FAR = "'A float this small or large is written differently by each engine: ' || x"
MANY_DIGITS = "'Snowflake may write other digits of this float: cast it to a number. ' || x"
FLOAT_TEXT = macro(
    "ek_float_text(x)",
    "case when x is null then null when x = 0 then '0' "
    f"when abs(x) < 1e-4 or abs(x) >= 1e15 then {failed(FAR)} "
    f"when length({DIGITS}) > 9 then {failed(MANY_DIGITS)} "
    "else regexp_replace(cast(x as varchar), '\\.0$', '') end",
)
# "TO_DECIMAL": the digits before and after an `e` may be left out, and are 0 then: `E` is 0.
HALF_NUMBER = "'(?i)^\\s*[+-]?(\\d*\\.?\\d*e[+-]?|\\.?e[+-]?\\d*|\\.)\\s*$'"
HALF = UNQUOTED + " || ' is a number in Snowflake'"
NUMERAL = COMMON_NUMERAL.replace(
    f"then {UNQUOTED} else 'Not a number",
    f"then {UNQUOTED} when regexp_matches({UNQUOTED}, {HALF_NUMBER}) "
    f"then {failed(HALF)} else 'Not a number",
)
# Beyond 15 digits Snowflake writes what the bits of the float are.
MANY_DECIMALS = "'More digits than a float has: ' || x"
FLOAT_DIGITS = macro(
    "ek_digits(x, s)",
    f"case when {FLOAT} and abs(try_cast(cast(x as varchar) as double)) * power(10e0, s) >= 1e15 "
    "and contains(cast(x as varchar), '.') and not ends_with(cast(x as varchar), '.0') "
    f"then {failed(MANY_DECIMALS)} else ek_numeral(x) end",
)
# Snowflake guesses the format of a text. DuckDB reads ISO 8601, and more that Snowflake may read
# otherwise; another is an error here even where it is only tried.
ISO = (
    "'^\\s*\\d{4}-\\d{1,2}-\\d{1,2}([T ]([01]?\\d|2[0-3]):\\d{2}(:\\d{2}(\\.\\d*)?)?"
    "\\s*(Z|UTC|[+-]\\d{2}(:?\\d{2})?)?)?\\s*$'"
)
GUESSED = "'Snowflake may read this as a date or a time: ' || "


def read(name: str, kind: str, text: str, other: str) -> tuple[str, str]:
    """Return the macros that read a text as a date or a time, and that try to."""

    def made(cast: str, unread: str) -> str:
        return (
            f"case when typeof(x) in ('VARCHAR', 'JSON') then case when regexp_matches({UNQUOTED}, {ISO}) "
            f"then {cast}({text} as {kind}) "
            f"when {unread} then cast({GUESSED}{UNQUOTED} as {kind}) end {other} end"
        )

    return (
        macro(f"ek_{name}(x)", made("cast", f"{UNQUOTED} is not null")),
        macro(f"ek_try_{name}(x)", made("try_cast", f"regexp_matches({UNQUOTED}, '\\d')")),
    )


NO_OTHER = "cast('Not a date: a ' || typeof(x) as date)"
TIMES = "('DATE', 'TIMESTAMP', 'TIMESTAMP WITH TIME ZONE', '\"NULL\"')"
READ = (
    *read(
        "date", "date", UNQUOTED, f"when typeof(x) in {TIMES} then cast(x as date) else {NO_OTHER}"
    ),
    *read(
        "timestamp",
        "timestamp",
        f"regexp_replace({UNQUOTED}, '{OFFSET}', '\\1')",
        "else cast(x as timestamp)",
    ),
)
# A VARIANT of a time is written as the time's text is.
FRACTION = "'A VARIANT of a time with a fraction of a second: ' || x"
VARIANT = macro(
    "ek_variant(x)",
    "case when typeof(x) in ('TIMESTAMP', 'TIMESTAMP WITH TIME ZONE') then case when "
    f"regexp_matches(cast(x as varchar), '\\.\\d{{4}}') then to_json({failed(FRACTION)}) "
    "else to_json(ek_text(x)) end "
    "when typeof(x) = 'TIME' then case when contains(cast(x as varchar), '.') "
    f"then to_json({failed(FRACTION)}) else to_json(ek_text(x)) end else to_json(x) end",
)
# What is a JSON null: COUNT leaves it out.
PRESENT = macro(
    "ek_present(x)",
    "case when typeof(x) = 'JSON' and json_type(to_json(x)) = 'NULL' then null else x end",
)
NULLS = "'A JSON null in ARRAY_AGG'"
LISTED = macro(
    "ek_listed(x)",
    "case when typeof(x) = 'JSON' and json_type(to_json(x)) = 'NULL' "
    f"then to_json({failed(NULLS)}) else ek_variant(x) end",
)
# Numbers compare by their value: 1 is 1.0. How objects compare isn't documented.
NO_OBJECT = "'An object or an array in an array, or a number: ' || j"
PLAIN = macro(
    "ek_plain(j)",
    "case when regexp_matches(j, '^-?\\d+\\.\\d+$') then regexp_replace(j, '\\.?0+$', '') "
    f"when regexp_matches(j, '^([\\[{{{{]|-?\\d+(\\.\\d+)?[eE])') then {failed(NO_OBJECT)} else j end",
).replace("{{", "{")
CONTAINS = macro(
    "ek_array_contains(x, a)",
    "case when x is null then case when list_contains(json_type(cast(a as json), '$[*]'), 'NULL') "
    "then true end else list_contains(list_transform(cast(json_extract(cast(a as json), '$[*]') as varchar[]), "
    "lambda e: ek_plain(e)), ek_plain(cast(ek_variant(x) as varchar))) end",
)
# The JSON that Snowflake reads is laxer than DuckDB's: `[1, FALSE, ]`.
LAX = "'(?is)^(\\{.*\\}|\\[.*\\]|''.*|[+-]?[\\d.].*|true|false|null|undefined|nan|[+-]?inf.*)$'"
LAX_JSON = "'Snowflake may read this as JSON: ' || cast(x as varchar)"
PARSE_JSON = macro(
    "ek_parse_json(x)",
    "cast(case when typeof(x) = 'JSON' then cast(x as varchar) "
    "else nullif(trim(cast(x as varchar)), '') end as json)",
)
READ_JSON = tried(PARSE_JSON).partition(" as ")[2]
TRY_PARSE_JSON = macro(
    "ek_try_parse_json(x)",
    f"case when {READ_JSON} is null and regexp_matches(trim(cast(x as varchar)), {LAX}) "
    f"then cast({LAX_JSON} as json) else {READ_JSON} end",
)
# "TO_ARRAY": what is none becomes the one element of one. Of a JSON null it isn't said.
TO_ARRAY = macro(
    "ek_to_array(x)",
    "case when x is null then null when typeof(x) = 'JSON' and json_type(to_json(x)) = 'ARRAY' "
    "then to_json(x) else json_array(ek_listed(x)) end",
)
NO_SOUGHT = "'An empty text that is replaced, in: ' || x"
REPLACE = macro(
    "ek_replace(x, p, r)", f"case when p = '' then {failed(NO_SOUGHT)} else replace(x, p, r) end"
)
MACROS = (
    REPLACE,
    *(ADD_MONTHS, TYPEOF, SPLIT, ELEMENT, *ARRAYS, *DIV0, FLOAT_DIGITS),
    *(VARIANT, PRESENT, LISTED, PLAIN, CONTAINS, PARSE_JSON, TRY_PARSE_JSON, *CASES),
    TO_ARRAY,
)
