{#-
    The text of a variant. DuckDB compares whole numbers and decimals of any width by value, floats of both widths, and
    dates with timestamps; the kind is part of the text, so that 1 and '1' differ. Lists and objects are their JSON.
-#}
{%- macro _duckdb_variant_text(expression) -%}
{%- set text = 'cast(' ~ expression ~ ' as ' ~ dbt.type_string() ~ ')' -%}
{%- set kind = 'variant_typeof(' ~ expression ~ ')' -%}
{%- set number = "regexp_replace(" ~ text ~ ", '(\\.\\d*?)0+$', '\\1')" -%}
{{ return(
    'case when ' ~ expression ~ ' is null then null'
    ~ " when regexp_matches(" ~ kind ~ ", '^(U?INT[0-9]|DECIMAL)') then 'number ' || rtrim(" ~ number ~ ", '.')"
    ~ ' when ' ~ kind ~ " in ('DOUBLE', 'FLOAT') then 'float ' || "
    ~ entity_kit._canonical_text('try_cast(' ~ expression ~ ' as double)', 'DOUBLE')
    ~ ' when ' ~ kind ~ " in ('DATE', 'TIMESTAMP_MICROS') then 'time ' || cast(try_cast(" ~ expression
    ~ ' as timestamp) as ' ~ dbt.type_string() ~ ')'
    ~ ' when ' ~ kind ~ " = 'INTERVAL' then 'interval ' || cast(normalized_interval(try_cast(" ~ text
    ~ ' as interval)) as ' ~ dbt.type_string() ~ ')'
    ~ " else regexp_extract(" ~ kind ~ ", '^[A-Z]+') || ' ' || cast(to_json(" ~ expression ~ ') as '
    ~ dbt.type_string() ~ ') end'
) }}
{%- endmacro -%}
