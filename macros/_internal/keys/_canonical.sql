{#-
    A value in the one spelling of all that the engine takes for equal: 0.0 and -0.0 become 0.0. It keeps its type. So a
    text of it, and a hash of that, are equal where the engine's own grouping and joins say that the values are. `type`
    is the column's data type, none where it isn't known, '' where it is known to have one spelling for each value.
-#}
{%- macro _canonical(expression, type=none) -%}
{{ return(adapter.dispatch('_canonical', 'entity_kit')(expression, type)) }}
{%- endmacro -%}

{#- Without a type there is no expression that suits all: a text isn't compared with 0. -#}
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

{#- It compares no intervals of months with those of days, and so has no second spelling. -#}
{%- macro redshift___canonical(expression, type) -%}
{{ return(entity_kit.default___canonical(expression, type)) }}
{%- endmacro -%}

{#-
    Where the type isn't known, DuckDB says it: `typeof` and what follows from it are constants to its optimizer, so that
    nothing is left of the cases that don't apply. The lists are for `cast_to_type`, which refuses the type of a bare NULL.
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
