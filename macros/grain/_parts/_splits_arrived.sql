{#-
    Whether what arrived is better read once for each condition than once for both, by `or`. Spark skips what neither side
    of an `or` needs, and analyzes anew all that a CTE names for each place that names it.
-#}
{%- macro _splits_arrived() -%}
{{ return(adapter.dispatch('_splits_arrived', 'entity_kit')()) }}
{%- endmacro -%}

{%- macro default___splits_arrived() -%}
{{ return(true) }}
{%- endmacro -%}

{%- macro spark___splits_arrived() -%}
{{ return(false) }}
{%- endmacro -%}
