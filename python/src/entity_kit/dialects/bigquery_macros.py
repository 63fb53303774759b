"""DuckDB macros for what BigQuery does in its own way."""

from __future__ import annotations

from entity_kit.dialects.macros import (
    AS_DOUBLE,
    AS_TIMESTAMP,
    AS_UTC,
    FLOAT,
    NESTED,
    NO_TEXT,
    UNQUOTED,
    by_type,
    failed,
    macro,
)


def to_the_fraction(value: str, end: str = "") -> str:
    """Return SQL that writes a time with no, three, or six digits of a second."""
    shapes = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%g", "%Y-%m-%d %H:%M:%S.%f")
    whole, thousandths, millionths = (f"strftime({value}, '{shape}{end}')" for shape in shapes)
    return (
        f"case when epoch_us({value}) % 1000000 = 0 then {whole} "
        f"when epoch_us({value}) % 1000 = 0 then {thousandths} else {millionths} end"
    )


BIGQUERY_TEXT = macro(
    "ek_text(x)",
    f"case when typeof(x) = 'JSON' then {UNQUOTED} "
    f"when {FLOAT} then ek_float_text({AS_DOUBLE}) "
    "when typeof(x) like 'DECIMAL%' and contains(cast(x as varchar), '.') "
    "then rtrim(rtrim(cast(x as varchar), '0'), '.') "
    f"when typeof(x) = 'TIMESTAMP' then {to_the_fraction(AS_TIMESTAMP)} "
    f"when typeof(x) = 'TIMESTAMP WITH TIME ZONE' then {to_the_fraction(AS_UTC, '+00')} "
    f"when {NESTED} then {failed(NO_TEXT)} "
    "else cast(x as varchar) end",
)
WHOLE_OR_HEX = macro(
    "ek_whole_or_hex(x)",
    f"case when regexp_matches({UNQUOTED}, '^\\s*[+-]?\\d+\\s*$') then {UNQUOTED} "
    f"when regexp_matches({UNQUOTED}, '^0[xX][0-9a-fA-F]{{1,15}}$') then {UNQUOTED} "
    f"when regexp_matches({UNQUOTED}, '^-0[xX][0-9a-fA-F]{{1,15}}$') "
    f"then '-' || cast(cast({UNQUOTED}[2:] as bigint) as varchar) "
    f"else 'Not a whole number: ' || {UNQUOTED} end",
)
# "SUBSTR" of BigQuery's manual: 0, and what is before the beginning, is the first character.
START = "case when s = 0 or -s > length(x) then 1 else s end"
BEFORE = "'A negative length of a substring'"
SUBSTR_FROM_FIRST = (
    macro("ek_substr(x, s)", f"substr(x, {START})"),
    macro(
        "ek_substr_of(x, s, n)",
        "case when x is null or s is null or n is null then null "
        f"when n < 0 then {failed(BEFORE)} when n = 0 then left(x, 0) "
        f"else substr(x, {START}, n) end",
    ),
)
# "JSON encodings" in "JSON functions": times, decimals, and bytes are written in another way than
# DuckDB's, floats without a needless zero, whole numbers beyond 2 ** 53 as texts, and the keys of a
# JSON in an order of its own.
UNLIKE = "'\\b(TIMESTAMP|TIME|DECIMAL|BLOB|INTERVAL|MAP|UNION|UUID|HUGEINT)\\b'"
ODD_JSON = "'(^|[\\[:,])-?(\\d+\\.\\d*0|\\d{16,}|\\d+(\\.\\d+)?[eE])|\\\\u00'"
NO_JSON = "'How this is written in JSON is not known to be alike: ' || cast(to_json(x) as varchar)"
JSON_STRING = macro(
    "ek_json_string(x)",
    f"case when regexp_matches(typeof(x), {UNLIKE}) "
    "or (contains(typeof(x), 'JSON') and contains(cast(to_json(x) as varchar), '{')) "
    f"or regexp_matches(cast(to_json(x) as varchar), {ODD_JSON}) then {failed(NO_JSON)} "
    "else coalesce(cast(to_json(x) as varchar), 'null') end",
)
# "CONTAINS_SUBSTR" normalizes both texts (NFKC) and folds their case. In these letters the first
# changes nothing, and the second is lower().
PLAIN_LETTERS = "'^[\\x00-\\x7f\\x{c0}-\\x{de}\\x{e0}-\\x{12f}\\x{134}-\\x{13e}\\x{141}-\\x{148}\\x{14a}-\\x{17e}]*$'"
OTHER_LETTERS = "'A text whose normal form is not known: ' || x || ' ' || s"
CONTAINS_SUBSTR = macro(
    "ek_contains_substr(x, s)",
    f"case when typeof(x) in ('VARCHAR', '\"NULL\"') "
    f"and coalesce(regexp_matches(x || s, {PLAIN_LETTERS}), true) "
    f"then contains(lower(x), lower(s)) else cast({failed(OTHER_LETTERS)} as boolean) end",
)
# "JSON_QUERY" and "JSON_QUERY_ARRAY" in "JSON functions": of a JSON they return JSON, of a text text.
EXTRACTED = "json_extract(cast(x as json), p)"
ELEMENTS = (
    "case when json_type(cast(x as json), p) = 'ARRAY' "
    "then cast(json_extract(cast(x as json), p || '[*]') as {}) end"
)
KIND = "case when typeof(x) = 'JSON' then 'json' else 'text' end"
JSON_QUERIES = (
    macro(
        "ek_json_query(x, p)",
        by_type(
            {
                "json": EXTRACTED,
                "text": "case when json_type(cast(x as json), p) <> 'NULL' "
                f"then cast({EXTRACTED} as varchar) end",
            },
            KIND,
        ),
    ),
    macro(
        "ek_json_query_array(x, p)",
        by_type({"json": ELEMENTS.format("json[]"), "text": ELEMENTS.format("varchar[]")}, KIND),
    ),
)
# "Array subscript operator" and "JSON subscript operator" in "Operators".
NO_ARRAY = "'A text has no elements: declare the type of the column: ' || cast(a as varchar)"
SUBSCRIPTS = (
    macro(
        "ek_subscript(a, i)",
        f"a[case when typeof(a) = 'VARCHAR' then cast({NO_ARRAY} as bigint) "
        "when typeof(a) = 'JSON' then i when i >= len(a) "
        "then cast('An element outside of its array' as bigint) else i + 1 end]",
    ),
    macro(
        "ek_json_field(a, p)",
        f"case when typeof(a) = 'JSON' then json_extract(cast(a as json), p) "
        f"when a is not null then cast({NO_ARRAY} as json) end",
    ),
)
# "ST_GEOGPOINT" in "Geography functions". A point is known to be kept, not to be read: bytes, which
# nothing here takes for a text. At a pole all longitudes are one point.
FAR = "'A point beyond 180 degrees of longitude or 90 of latitude: ' || lon || ' ' || lat"
LONGITUDE = "case when abs(lat) = 90 then 0 when lon = -180 then 180 else lon end"
POINT = macro(
    "ek_point(lon, lat)",
    "case when abs(lon) <= 180 and abs(lat) <= 90 "
    f"then encode('POINT(' || ({LONGITUDE} + 0e0) || ' ' || (lat + 0e0) || ')') "
    f"when lon is not null and lat is not null then encode({failed(FAR)}) end",
)
NO_INTERVAL = "'Not hours, minutes, and seconds: ' || cast(x as varchar)"
INTERVALS = macro(
    "ek_interval(x)",
    "case when typeof(x) = 'VARCHAR' then case when "
    "regexp_matches(cast(x as varchar), '^-?\\d+:\\d{1,2}:\\d{1,2}(\\.\\d{1,6})?$') "
    f"then cast(cast(x as varchar) as interval) else cast({failed(NO_INTERVAL)} as interval) end "
    "else cast(x as interval) end",
)
# Where a cast is tried: what GoogleSQL reads as a time is less than what DuckDB reads, and where
# that isn't certain, it is an error.
READ = (
    "'^\\d{4}-\\d{1,2}-\\d{1,2}([ T]([01]?\\d|2[0-3]):\\d{2}:\\d{2}(\\.\\d{0,6})?"
    "(Z|[+-]\\d{2}(:\\d{2})?)?)?$'"
)
NEARLY = "'^\\s*[+-]?\\d{1,5}[-/]\\d{1,2}[-/]\\d{1,2}'"
LAX = "'GoogleSQL may read this as a time: ' || cast(x as varchar)"


def tried_time(name: str, kind: str, known: str) -> str:
    return macro(
        f"ek_safe_{name}(x)",
        f"case when typeof(x) <> 'VARCHAR' or regexp_matches(cast(x as varchar), {READ}) "
        f"then {known} when regexp_matches(cast(x as varchar), {NEARLY}) "
        f"then cast({LAX} as {kind}) end",
    )


TRIED_TIMES = (
    tried_time("datetime", "timestamp", "ek_try_datetime(x)"),
    tried_time("timestamp", "timestamptz", "try_cast(x as timestamptz)"),
)
TRIES = {
    "ek_datetime({0})": "ek_safe_datetime({0})",
    "CAST({0} AS TIMESTAMPTZ)": "ek_safe_timestamp({0})",
}
