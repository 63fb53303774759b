{#- An aggregate over a baseline, from its latest point to its first where the engine can say so: floats depend on it. -#}
{%- macro _in_lag_order(function, expression) -%}
{{ return(adapter.dispatch('_in_lag_order', 'entity_kit')(function, expression)) }}
{%- endmacro -%}

{%- macro default___in_lag_order(function, expression) -%}
{{ return(function ~ '(' ~ expression ~ ')') }}
{%- endmacro -%}

{%- macro duckdb___in_lag_order(function, expression) -%}
{{ return(function ~ '(' ~ expression ~ ' order by entity_kit_lag)') }}
{%- endmacro -%}

{%- macro postgres___in_lag_order(function, expression) -%}
{{ return(entity_kit.duckdb___in_lag_order(function, expression)) }}
{%- endmacro -%}

{%- macro redshift___in_lag_order(function, expression) -%}
{{ return(entity_kit.default___in_lag_order(function, expression)) }}
{%- endmacro -%}
