{#- Says that a CTE that is read several times is to be read through, so that filters reach its tables. -#}
{%- macro _inline() -%}
{{ return(adapter.dispatch('_inline', 'entity_kit')()) }}
{%- endmacro -%}

{%- macro default___inline() -%}
{{ return('') }}
{%- endmacro -%}

{%- macro duckdb___inline() -%}
{{ return('not materialized ') }}
{%- endmacro -%}

{%- macro postgres___inline() -%}
{{ return('not materialized ') }}
{%- endmacro -%}

{%- macro redshift___inline() -%}
{{ return('') }}
{%- endmacro -%}
