"""BigQuery's SQL in DuckDB. Pages are those of GoogleSQL's reference for BigQuery."""

from __future__ import annotations

from sqlglot import exp

from entity_kit.dialects import (
    bigquery,
    bigquery_macros,
    bits,
    databricks,
    dates,
    functions,
    lists,
    macros,
    patterns,
    pivots,
    structs,
    texts,
    types,
)
from entity_kit.dialects.constructs import common
from entity_kit.dialects.constructs.entries import Entry, Table
from entity_kit.dialects.rules import RULES, same

PADDED = "{name}(ek_text({{0}}), CAST({{1}} AS INTEGER), {third})"
SCALARS: dict[str, Entry] = {
    # Conditional expressions.
    "IFNULL": "coalesce({0}, {1})",
    "GREATEST": texts.strict("greatest"),
    "LEAST": texts.strict("least"),
    "ERROR": "error({0})",
    # Mathematical functions.
    "ROUND": ("round({0})", "round({0}, CAST({1} AS INTEGER))"),
    "TRUNC": bigquery.shortened,
    "DIV": "ek_div({0}, {1})",
    "SAFE_DIVIDE": "ek_safe_divide({0}, {1})",
    "POW": "power({0}, {1})",
    "POWER": "power({0}, {1})",
    "LOG": ("ln({0})", "(ln({0}) / ln({1}))"),
    "LOG10": "log10({0})",
    # String functions.
    "CONCAT": texts.joined,
    "CONTAINS_SUBSTR": "ek_contains_substr({0}, {1})",
    "INITCAP": texts.initcap,
    "CHAR_LENGTH": "length({0})",
    "CHARACTER_LENGTH": "length({0})",
    "LEFT": "left({0}, {1})",
    "RIGHT": "right({0}, {1})",
    "TRIM": ("ek_trim({0})", "trim({0}, {1})"),
    "LTRIM": ("ek_ltrim({0})", "ltrim({0}, {1})"),
    "RTRIM": ("ek_rtrim({0})", "rtrim({0}, {1})"),
    "SUBSTR": ("ek_substr({0}, {1})", "ek_substr_of({0}, {1}, {2})"),
    "SUBSTRING": ("ek_substr({0}, {1})", "ek_substr_of({0}, {1}, {2})"),
    "STRPOS": "strpos({0}, {1})",
    "INSTR": "strpos({0}, {1})",
    "STARTS_WITH": "starts_with({0}, {1})",
    "ENDS_WITH": "ends_with({0}, {1})",
    "REVERSE": "reverse({0})",
    "REPEAT": "repeat({0}, {1})",
    "LPAD": (PADDED.format(name="lpad", third="' '"), PADDED.format(name="lpad", third="{2}")),
    "RPAD": (PADDED.format(name="rpad", third="' '"), PADDED.format(name="rpad", third="{2}")),
    "SPLIT": ("string_split({0}, ',')", "string_split({0}, {1})"),
    "REGEXP_CONTAINS": patterns.contains,
    "REGEXP_EXTRACT": patterns.extracted,
    "REGEXP_REPLACE": patterns.replaced,
    "TO_BASE64": "to_base64({0})",
    "FROM_BASE64": bigquery.from_base64,
    "TO_HEX": "lower(hex({0}))",
    "MD5": "unhex(md5({0}))",
    "SHA1": "unhex(sha1({0}))",
    "SHA256": "unhex(sha256({0}))",
    "GENERATE_UUID": ("CAST(uuid() AS VARCHAR)",),
    # Date, datetime and timestamp functions.
    "TIME": ("make_time({0}, {1}, {2})",),
    "CURRENT_DATE": bigquery.current("CAST((current_timestamp AT TIME ZONE _) AS DATE)"),
    "CURRENT_DATETIME": bigquery.current("(current_timestamp AT TIME ZONE _)"),
    "CURRENT_TIMESTAMP": ("current_timestamp",),
    "DATE": bigquery.date,
    "DATETIME": bigquery.datetime,
    "TIMESTAMP": bigquery.timestamp,
    **dict.fromkeys(("DATE_TRUNC", "DATETIME_TRUNC", "TIMESTAMP_TRUNC"), bigquery.truncated),
    **dict.fromkeys(("DATE_ADD", "DATETIME_ADD", "TIMESTAMP_ADD"), bigquery.added("")),
    **dict.fromkeys(("DATE_SUB", "DATETIME_SUB", "TIMESTAMP_SUB"), bigquery.added("-")),
    "DATE_DIFF": bigquery.boundaries,
    "DATETIME_DIFF": bigquery.boundaries,
    "TIMESTAMP_DIFF": bigquery.elapsed,
    "LAST_DAY": bigquery.last_day,
    "MAKE_INTERVAL": bigquery.make_interval,
    "PARSE_DATE": bigquery.parsed("DATE"),
    "PARSE_DATETIME": bigquery.parsed("TIMESTAMP"),
    "PARSE_TIMESTAMP": bigquery.parsed("TIMESTAMPTZ"),
    **dict.fromkeys(("FORMAT_DATE", "FORMAT_DATETIME", "FORMAT_TIMESTAMP"), bigquery.formatted),
    "UNIX_SECONDS": "CAST(floor(epoch({0})) AS BIGINT)",
    "UNIX_MILLIS": "CAST(floor(epoch_us({0}) / 1000) AS BIGINT)",
    "UNIX_MICROS": "epoch_us({0})",
    "TIMESTAMP_SECONDS": "CAST(make_timestamp(1000000 * CAST({0} AS BIGINT)) AS TIMESTAMPTZ)",
    "TIMESTAMP_MILLIS": "CAST(make_timestamp(1000 * CAST({0} AS BIGINT)) AS TIMESTAMPTZ)",
    "TIMESTAMP_MICROS": "CAST(make_timestamp({0}) AS TIMESTAMPTZ)",
    # Array functions.
    "ARRAY_LENGTH": "len({0})",
    "ARRAY_CONCAT": texts.joined_lists,
    "ARRAY_REVERSE": "list_reverse({0})",
    "ARRAY_TO_STRING": (
        "array_to_string({0}, {1})",
        "array_to_string(list_transform({0}, lambda e: coalesce(e, {2})), {1})",
    ),
    "GENERATE_ARRAY": ("generate_series({0}, {1})", "generate_series({0}, {1}, {2})"),
    "GENERATE_DATE_ARRAY": bigquery.generated_dates,
    "STRUCT": structs.struct,
    # JSON functions.
    "JSON_VALUE": bigquery.json("ek_json_value"),
    "JSON_EXTRACT_SCALAR": bigquery.json("ek_json_value"),
    "JSON_QUERY": bigquery.json("ek_json_query"),
    "JSON_EXTRACT": bigquery.json("ek_json_query"),
    "JSON_QUERY_ARRAY": bigquery.json("ek_json_query_array"),
    "JSON_EXTRACT_ARRAY": bigquery.json("ek_json_query_array"),
    "JSON_VALUE_ARRAY": bigquery.json("ek_json_value_array"),
    "JSON_EXTRACT_STRING_ARRAY": bigquery.json("ek_json_value_array"),
    "PARSE_JSON": "CAST({0} AS JSON)",
    "TO_JSON_STRING": ("ek_json_string({0})",),
    # Geography functions.
    "ST_GEOGPOINT": "ek_point(CAST({0} AS DOUBLE), CAST({1} AS DOUBLE))",
}
AGGREGATES: dict[str, Entry] = {
    **common.AGGREGATES,
    **common.STATISTICS,
    "COUNTIF": "count(CASE WHEN {0} THEN 1 END)",
    "LOGICAL_OR": "bool_or({0})",
    "LOGICAL_AND": "bool_and({0})",
    "MAX_BY": "arg_max_null({0}, {1})",
    "MIN_BY": "arg_min_null({0}, {1})",
    "ARRAY_AGG": bigquery.array_agg,
    "ARRAY_CONCAT_AGG": bigquery.array_concat_agg,
    "STRING_AGG": bigquery.string_agg,
    "APPROX_COUNT_DISTINCT": texts.counted_distinct,
    "PERCENTILE_CONT": bigquery.percentile_cont,
}
REFUSED = {
    "FARM_FINGERPRINT": "Its numbers are BigQuery's own. Use to_hex(md5(…)).",
    "RAND": "It is left to chance.",
    "FORMAT": "Its formats are BigQuery's own.",
    "APPROX_QUANTILES": "It is an estimate.",
}
SPACES = "' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(133) || chr(160) || " + (
    " || ".join(
        f"chr({code})" for code in (5760, *range(8192, 8203), 8232, 8233, 8239, 8287, 12288)
    )
)
ISO_DATE = "'^\\s*\\d{4}-\\d{1,2}-\\d{1,2}\\s*$'"
# Whole numbers of a text are decimal or hexadecimal.
WHOLE = macros.BIGINT.replace("ek_numeral(x)", "ek_whole_or_hex(x)")
# What a cast reads; `safe_cast` gives NULL where one fails.
CASTS = (
    macros.macro(
        "ek_date(x)",
        "case when typeof(x) = 'VARCHAR' then cast(case when regexp_matches(cast(x as varchar), "
        f"{ISO_DATE}) then cast(x as varchar) else 'Not a date: ' || x end as date) "
        "when typeof(x) = 'TIMESTAMP WITH TIME ZONE' then cast(ek_wall(x, 'UTC') as date) "
        "else cast(x as date) end",
    ),
    macros.macro(
        "ek_datetime(x)",
        "case when typeof(x) = 'VARCHAR' then cast(case when regexp_matches(cast(x as varchar), "
        f"'{macros.OFFSET}') then 'It has a zone: ' || x else cast(x as varchar) end as timestamp) "
        "when typeof(x) = 'TIMESTAMP WITH TIME ZONE' then ek_wall(x, 'UTC') "
        "else cast(x as timestamp) end",
    ),
    macros.macro(
        "ek_bool(x)",
        "case when typeof(x) = 'VARCHAR' then cast(case when lower(cast(x as varchar)) in "
        "('true', 'false') then cast(x as varchar) else 'Not a boolean: ' || x end as boolean) "
        "else cast(x as boolean) end",
    ),
)
MACROS = (
    macros.FLOAT_TEXT,
    bigquery_macros.BIGQUERY_TEXT,
    macros.WITHIN,
    macros.NUMERAL,
    macros.DOUBLE,
    macros.TRY_DOUBLE,
    bigquery_macros.JSON_STRING,
    bigquery_macros.CONTAINS_SUBSTR,
    bigquery_macros.INTERVALS,
    bigquery_macros.POINT,
    bits.SHIFT,
    *bigquery_macros.SUBSCRIPTS,
    bigquery_macros.WHOLE_OR_HEX,
    WHOLE,
    macros.tried(WHOLE),
    macros.WALL,
    macros.DIVIDE_FLOATS,
    *(macros.macro(f"ek_{name}(x)", f"{name}(x, {SPACES})") for name in ("trim", "ltrim", "rtrim")),
    macros.macro(
        "ek_safe_divide(a, b)", "case when b = 0 then null else cast(a as double) / b end"
    ),
    *CASTS,
    *map(macros.tried, CASTS),
    macros.macro(
        "ek_bytes(x)",
        "case when typeof(x) = 'BLOB' then cast(x as blob) when typeof(x) in ('VARCHAR', '\"NULL\"') "
        "then encode(cast(x as varchar)) else encode("
        + macros.failed("'There are no bytes of a ' || typeof(x)")
        + ") end",
    ),
    lists.VALUE,
    macros.TITLED,
    *dates.TIMES,
    macros.AT,
    macros.DIV,
    macros.MINUS,
    macros.macro("ek_safe_at(a, i)", "case when i < 0 then null else a[i + 1] end"),
    *bigquery_macros.SUBSTR_FROM_FIRST,
    *bigquery_macros.TRIED_TIMES,
    *dates.PLUS,
    dates.TRUNC_KEEPS_DATES,
    macros.macro(
        "ek_json_value(x, p)",
        "case when json_type(cast(x as json), p) in ('OBJECT', 'ARRAY') then null "
        "else json_extract_string(cast(x as json), p) end",
    ),
    *bigquery_macros.JSON_QUERIES,
    macros.macro(
        "ek_json_value_array(x, p)",
        "case when json_type(cast(x as json), p) = 'ARRAY' "
        "and not list_contains(json_type(cast(x as json), p || '[*]'), 'OBJECT') "
        "and not list_contains(json_type(cast(x as json), p || '[*]'), 'ARRAY') "
        "then json_extract_string(cast(x as json), p || '[*]') end",
    ),
)
TABLE = Table(
    scalars={**common.SCALARS, **SCALARS},
    aggregates=AGGREGATES,
    windows=common.WINDOWS,
    types=types.BIGQUERY,
    rules={
        **RULES,
        **bits.RULES,
        exp.Select: bigquery.select,
        exp.Create: functions.created,
        exp.Table: pivots.rule(same),
        exp.Subquery: pivots.rule(same),
        exp.Sub: databricks.minus_dates,
        exp.Bracket: lists.element,
        exp.Array: lists.array,
        exp.Column: lists.column,
        exp.Kwarg: bigquery.named_argument,
        exp.Unnest: lists.unnested,
        exp.In: lists.contained,
        exp.SafeFunc: bigquery.safe,
        exp.Extract: bigquery.extract,
        exp.Literal: bigquery.number,
        exp.Struct: structs.typed_struct,
        exp.CurrentDatetime: bigquery.now,
    },
    macros=MACROS,
    refused=REFUSED,
    tries={**macros.TRIES, **bigquery_macros.TRIES, "decode({0})": "TRY(decode({0}))"},
)
