{#- Whether something has begun by a time, or always existed if the condition is true. For joins. -#}
{%- macro _begins_by(begins, moment, is_always) -%}
{{ return(adapter.dispatch('_begins_by', 'entity_kit')(begins, moment, is_always)) }}
{%- endmacro -%}

{%- macro default___begins_by(begins, moment, is_always) -%}
{{ return('(' ~ moment ~ ' >= ' ~ begins ~ ' or ' ~ is_always ~ ')') }}
{%- endmacro -%}

{#- No `or` in a join's condition, as in `_ends_after`. -#}
{%- macro duckdb___begins_by(begins, moment, is_always) -%}
{{ return(moment ~ ' >= case when ' ~ is_always ~ " then '-infinity' else " ~ begins ~ ' end') }}
{%- endmacro -%}
