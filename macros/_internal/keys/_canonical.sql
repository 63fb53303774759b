{#-
    A value in one spelling for all values that the engine treats as equal: 0.0 and -0.0 become 0.0. It keeps its type.
    So its text, and the text's hash, are equal if the engine's own grouping and joins treat the values as equal.
    `type` is the column's data type, none if it isn't known, '' if it has only one spelling per value.
-#}
{%- macro _canonical(expression, type=none) -%}
{{ return(adapter.dispatch('_canonical', 'entity_kit')(expression, type)) }}
{%- endmacro -%}

{#- Without a type, no expression suits all types: a text can't be compared with 0. -#}
{%- macro default___canonical(expression, type) -%}
{%- if type is not none and type | lower in ['double', 'double precision', 'float', 'float4', 'float8', 'float64', 'real'] -%}
{{ return('case when ' ~ expression ~ ' = 0 then 0 else ' ~ expression ~ ' end') }}
{%- endif -%}
{{ return(expression) }}
{%- endmacro -%}

{%- macro postgres___canonical(expression, type) -%}
{%- if type is not none and type | lower == 'interval' -%}
{{ return('justify_interval(' ~ expression ~ ')') }}
{%- endif -%}
{{ return(entity_kit.default___canonical(expression, type)) }}
{%- endmacro -%}

{#- It doesn't compare intervals of months with those of days, so there is no second spelling. -#}
{%- macro redshift___canonical(expression, type) -%}
{{ return(entity_kit.default___canonical(expression, type)) }}
{%- endmacro -%}

{#-
    If the type isn't known, DuckDB resolves it: `typeof` and what depends on it are constants to its optimizer, which
    removes the cases that don't apply. The lists are for `cast_to_type`, which refuses the type of a bare NULL.
-#}
{%- macro duckdb___canonical(expression, type) -%}
{%- if type is none -%}
{{ return(
    'case when ' ~ entity_kit._duckdb_has_spellings(expression) ~ ' then cast_to_type(['
    ~ entity_kit._canonical_text(expression) ~ '], [' ~ expression ~ '])[1] else ' ~ expression ~ ' end'
) }}
{%- elif type | upper in ['DOUBLE', 'FLOAT', 'REAL'] -%}
{{ return("case when isnan(" ~ expression ~ ") then 'nan' else " ~ expression ~ ' + 0 end') }}
{%- elif type | upper == 'INTERVAL' -%}
{{ return('normalized_interval(' ~ expression ~ ')') }}
{%- elif ' collate ' in type -%}
{{ return(entity_kit._duckdb_folded(expression, type.split(' ') | last)) }}
{%- endif -%}
{{ return(expression) }}
{%- endmacro -%}
