{#- Make the engine inline a CTE that is read several times, so that filters reach its tables. -#}
{%- macro _not_materialized() -%}
{{ return(adapter.dispatch('_not_materialized', 'entity_kit')()) }}
{%- endmacro -%}

{%- macro default___not_materialized() -%}
{{ return('') }}
{%- endmacro -%}

{%- macro duckdb___not_materialized() -%}
{{ return('not materialized ') }}
{%- endmacro -%}

{%- macro postgres___not_materialized() -%}
{{ return('not materialized ') }}
{%- endmacro -%}

{%- macro redshift___not_materialized() -%}
{{ return('') }}
{%- endmacro -%}
