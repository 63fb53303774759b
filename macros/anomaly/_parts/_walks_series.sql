{#- Whether the engine can judge one point after another: by a recursion that looks up the points before each. -#}
{%- macro _walks_series() -%}
{{ return(adapter.dispatch('_walks_series', 'entity_kit')()) }}
{%- endmacro -%}

{%- macro default___walks_series() -%}
{{ return(false) }}
{%- endmacro -%}

{%- macro duckdb___walks_series() -%}
{{ return(true) }}
{%- endmacro -%}

{%- macro postgres___walks_series() -%}
{{ return(true) }}
{%- endmacro -%}

{%- macro redshift___walks_series() -%}
{{ return(false) }}
{%- endmacro -%}
