{#- The names of all time zones, or none if the warehouse has no list or can't be queried yet. -#}
{%- macro _zone_names() -%}
{{ return(adapter.dispatch('_zone_names', 'entity_kit')()) }}
{%- endmacro -%}

{%- macro default___zone_names() -%}
{{ return([]) }}
{%- endmacro -%}

{%- macro duckdb___zone_names() -%}
{%- if not execute -%}
{{ return([]) }}
{%- endif -%}
{{ return(run_query('select name from pg_timezone_names() order by name').columns[0].values() | list) }}
{%- endmacro -%}

{%- macro postgres___zone_names() -%}
{{ return(entity_kit.duckdb___zone_names()) }}
{%- endmacro -%}

{%- macro redshift___zone_names() -%}
{{ return([]) }}
{%- endmacro -%}
