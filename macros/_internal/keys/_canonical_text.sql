{#- The text of a value, equal for all values that the engine treats as equal (see `_canonical`). -#}
{%- macro _canonical_text(expression, type=none) -%}
{{ return(adapter.dispatch('_canonical_text', 'entity_kit')(expression, type)) }}
{%- endmacro -%}

{%- macro default___canonical_text(expression, type) -%}
{{ return('cast(' ~ entity_kit._canonical(expression, type) ~ ' as ' ~ dbt.type_string() ~ ')') }}
{%- endmacro -%}

{%- macro duckdb___canonical_text(expression, type) -%}
{#- The JSON of a union includes the member's name; its text doesn't. -#}
{%- set json = 'cast(to_json(' ~ expression ~ ') as ' ~ dbt.type_string() ~ ')' -%}
{%- set of_union = "regexp_replace(" ~ json ~ ", '\":-0\\.0}$', '\":0.0}')" -%}
{%- if type is not none and type | upper == 'VARIANT' -%}
{{ return(entity_kit._duckdb_variant_text(expression)) }}
{%- elif type is not none and type[:6] | upper == 'UNION(' and type[-1:] == ')' -%}
{{ return(of_union) }}
{%- elif type is not none -%}
{{ return(entity_kit.default___canonical_text(expression, type)) }}
{%- endif -%}
{%- set text = 'cast(' ~ expression ~ ' as ' ~ dbt.type_string() ~ ')' -%}
{%- set cases = [
    ['typeof(' ~ expression ~ ") = 'TIMESTAMP WITH TIME ZONE'", 'cast('
        ~ entity_kit._in_utc('try_cast(' ~ text ~ ' as timestamp with time zone)') ~ ' as ' ~ dbt.type_string() ~ ')'],
    ['typeof(' ~ expression ~ ") in ('DOUBLE', 'FLOAT') and " ~ text ~ " = '-0.0'", "'0.0'"],
    ['typeof(' ~ expression ~ ") in ('DOUBLE', 'FLOAT') and starts_with(" ~ text ~ ", '-na')", "'nan'"],
    ['typeof(' ~ expression ~ ") = 'INTERVAL'",
        'cast(normalized_interval(try_cast(' ~ text ~ ' as interval)) as ' ~ dbt.type_string() ~ ')'],
    ['starts_with(typeof(' ~ expression ~ "), 'UNION(') and ends_with(typeof(" ~ expression ~ "), ')')", of_union],
    ['typeof(' ~ expression ~ ") = 'VARIANT'", json],
] -%}
{%- for kinds in ['nocase.noaccent', 'nocase', 'noaccent', 'nfc'] -%}
    {%- set equates = [] -%}
    {%- for kind in kinds.split('.') -%}
        {%- do equates.append(entity_kit._duckdb_equates(text, kind)) -%}
    {%- endfor -%}
    {%- do cases.append([equates | join(' and '), entity_kit._duckdb_folded(text, kinds)]) -%}
{%- endfor -%}
{%- set parts = [] -%}
{%- for each in cases -%}
    {%- do parts.append('when ' ~ each[0] ~ ' then ' ~ each[1]) -%}
{%- endfor -%}
{{ return('case ' ~ parts | join(' ') ~ ' else ' ~ text ~ ' end') }}
{%- endmacro -%}

{#- Postgres knows a type while a query runs. A cast from text to interval could be tried on any text, and fail. -#}
{%- macro postgres___canonical_text(expression, type) -%}
{%- if type is not none and type != 'USER-DEFINED' -%}
{{ return(entity_kit.default___canonical_text(expression, type)) }}
{%- endif -%}
{%- set text = 'cast(' ~ expression ~ ' as ' ~ dbt.type_string() ~ ')' -%}
{{ return(
    'case when pg_typeof(' ~ expression ~ ") = 'timestamp with time zone'::regtype then cast("
    ~ entity_kit._in_utc('cast(' ~ text ~ ' as timestamp with time zone)') ~ ' as ' ~ dbt.type_string() ~ ')'
    ~ ' when pg_typeof(' ~ expression ~ ") in ('double precision'::regtype, 'real'::regtype) and " ~ text
    ~ " = '-0' then '0' else " ~ text ~ " end"
) }}
{%- endmacro -%}

{%- macro redshift___canonical_text(expression, type) -%}
{{ return(entity_kit.default___canonical_text(expression, type)) }}
{%- endmacro -%}

{%- macro spark___canonical_text(expression, type) -%}
{%- if type is not none -%}
{{ return(entity_kit.default___canonical_text(expression, type)) }}
{%- endif -%}
{%- set text = 'cast(' ~ expression ~ ' as ' ~ dbt.type_string() ~ ')' -%}
{{ return(
    'case when typeof(' ~ expression ~ ") in ('double', 'float') and " ~ text ~ " = '-0.0' then '0.0' else " ~ text ~ ' end'
) }}
{%- endmacro -%}

{#- As on other engines without a type. -#}
{%- macro databricks___canonical_text(expression, type) -%}
{{ return(entity_kit.default___canonical_text(expression, type)) }}
{%- endmacro -%}
