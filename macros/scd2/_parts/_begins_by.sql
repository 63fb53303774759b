{#- Whether what begins at a time, or has always been where the condition holds, is there at a moment: for joins. -#}
{%- macro _begins_by(begins, moment, is_always) -%}
{{ return(adapter.dispatch('_begins_by', 'entity_kit')(begins, moment, is_always)) }}
{%- endmacro -%}

{%- macro default___begins_by(begins, moment, is_always) -%}
{{ return('(' ~ moment ~ ' >= ' ~ begins ~ ' or ' ~ is_always ~ ')') }}
{%- endmacro -%}

{#- As in `_ends_after`: no `or` in a join's condition. -#}
{%- macro duckdb___begins_by(begins, moment, is_always) -%}
{{ return(moment ~ ' >= case when ' ~ is_always ~ " then '-infinity' else " ~ begins ~ ' end') }}
{%- endmacro -%}
