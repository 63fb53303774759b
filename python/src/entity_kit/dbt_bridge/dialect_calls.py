"""What dbt's cross-database macros write in a dialect, where DuckDB's text would mean something else.

These are the forms that the warehouses' own adapters write: weeks begin on other days, a cast that
fails gives NULL, and so on. The translator then reads them as it reads the user's SQL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entity_kit.dialects import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# The macros' parameters in order, and what those that may be left out are then.
_PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "dateadd": ("datepart", "interval", "from_date_or_timestamp"),
    "datediff": ("first_date", "second_date", "datepart"),
    "date_trunc": ("datepart", "date"),
    "last_day": ("date", "datepart"),
    "safe_cast": ("field", "type"),
    "split_part": ("string_text", "delimiter_text", "part_number"),
    "listagg": ("measure", "delimiter_text", "order_by_clause", "limit_num"),
    "hash": ("field",),
    "current_timestamp": (),
}
_LEFT_OUT = {"delimiter_text": "','", "order_by_clause": "", "limit_num": None}
_LAST_DAY = (
    "cast(dateadd(day, -1, dateadd({datepart}, 1, date_trunc('{datepart}', {date}))) as date)"
)
_LIST = "listagg({measure}, {delimiter_text})"
_COMMON = {
    "date_trunc": "date_trunc('{datepart}', {date})",
    "split_part": "split_part({string_text}, {delimiter_text}, {part_number})",
    "hash": "md5(cast({field} as varchar))",
}
_PARTS = {
    "dateadd": "dateadd({datepart}, {interval}, {from_date_or_timestamp})",
    "datediff": "datediff({datepart}, {first_date}, {second_date})",
}
_FORMS: Mapping[str, Mapping[str, str]] = {
    "snowflake": {
        **_COMMON,
        **_PARTS,
        "last_day": _LAST_DAY,
        "safe_cast": "try_cast({field} as {type})",
        "listagg": _LIST,
        "current_timestamp": "sysdate()",
    },
    "redshift": {**_COMMON, **_PARTS, "last_day": _LAST_DAY, "listagg": _LIST},
    "postgres": _COMMON,
    "databricks": {
        "date_trunc": _COMMON["date_trunc"],
        "safe_cast": "try_cast({field} as {type})",
    },
    "bigquery": {
        "dateadd": "datetime_add(cast({from_date_or_timestamp} as datetime), interval {interval} {datepart})",
        "datediff": "datetime_diff(cast({second_date} as datetime), cast({first_date} as datetime), {datepart})",
        "date_trunc": "timestamp_trunc(cast({date} as timestamp), {datepart})",
        "safe_cast": "safe_cast({field} as {type})",
        "listagg": "string_agg({measure}, {delimiter_text} {order_by_clause})",
        "hash": "to_hex(md5(cast({field} as string)))",
    },
}

# Types that the adapter's own class of columns names, where a name of dbt's isn't one there.
_TYPES = {"bigquery": {"type_float": "float64", "type_numeric": "numeric"}}


def type_named(dialect: str, macro: str) -> str | None:
    """Return the type that a macro of dbt's (`type_float`) names in a dialect, if DuckDB's won't do."""
    return _TYPES.get(dialect, {}).get(macro)


def written(
    dialect: str, macro: str, arguments: Sequence[Any], named: Mapping[str, Any]
) -> str | None:
    """Return what a call of a macro (`dateadd`) writes in a dialect, or None if DuckDB's text will do.

    Raises UnsupportedError where neither is right.
    """
    if dialect == "databricks" and macro == "datediff" and "week" in (*arguments, *named.values()):
        raise UnsupportedError(
            "dbt.datediff by week", 1, "Spark counts weeks by a rule of its own."
        )
    form = _FORMS[dialect].get(macro)
    if form is None:
        return None
    parameters = _PARAMETERS[macro]
    given = {**_LEFT_OUT, **dict(zip(parameters, arguments, strict=False)), **named}
    if given.get("limit_num") or not set(parameters) <= given.keys():
        return None
    if macro == "listagg" and given["order_by_clause"] and form is _LIST:
        form += " within group ({order_by_clause})"
    if macro == "split_part" and not str(given["part_number"]).strip().isdigit():
        return None  # dbt counts from the end, which no dialect does alike
    shown = {name: "" if value is None else value for name, value in given.items()}
    return form.format_map(shown)
