{#- Whether something ends after a time, or never if its end is NULL. For joins. -#}
{%- macro _ends_after(ends, moment) -%}
{{ return(adapter.dispatch('_ends_after', 'entity_kit')(ends, moment)) }}
{%- endmacro -%}

{%- macro default___ends_after(ends, moment) -%}
{{ return('(' ~ ends ~ ' is null or ' ~ ends ~ ' > ' ~ moment ~ ')') }}
{%- endmacro -%}

{#- With `or` in a join's condition, DuckDB before 2.0 compares each row with each. -#}
{%- macro duckdb___ends_after(ends, moment) -%}
{{ return('coalesce(' ~ ends ~ ", 'infinity') > " ~ moment) }}
{%- endmacro -%}
