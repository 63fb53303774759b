{#- Whether the engine compares times of any type with plain timestamps and dates. -#}
{%- macro _compares_times() -%}
{{ return(adapter.dispatch('_compares_times', 'entity_kit')()) }}
{%- endmacro -%}

{%- macro default___compares_times() -%}
{{ return(false) }}
{%- endmacro -%}

{%- macro duckdb___compares_times() -%}
{{ return(true) }}
{%- endmacro -%}

{%- macro postgres___compares_times() -%}
{{ return(true) }}
{%- endmacro -%}

{%- macro redshift___compares_times() -%}
{{ return(false) }}
{%- endmacro -%}
