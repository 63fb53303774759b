"""DuckDB macros for what Snowflake does in its own way."""

from __future__ import annotations

from entity_kit.dialects.macros import failed, macro

# "ADD_MONTHS": the last day of a month leads to the last day of another.
ADD_MONTHS = macro(
    "ek_add_months(a, n)",
    "cast_to_type(a + to_months(n) + case when cast(a as date) = last_day(a) then "
    "to_days(cast(day(last_day(a + to_months(n))) - day(a + to_months(n)) as integer)) "
    "else to_days(0) end, a)",
)
NO_TYPE = "'The type of a value that is no VARIANT, or whose kind of number is not known'"
TYPEOF = macro(
    "ek_typeof(v)",
    "case when v is null then null when typeof(v) <> 'JSON' "
    f"or json_type(cast(v as json)) = 'DOUBLE' then {failed(NO_TYPE)} "
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
MACROS = (ADD_MONTHS, TYPEOF, SPLIT, ELEMENT, *ARRAYS)
