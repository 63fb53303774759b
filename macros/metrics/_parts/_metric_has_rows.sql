{#- Whether a row counts in any leaf of a plan, as a condition. -#}
{%- macro _metric_has_rows(plan) -%}
{%- set leaves = [] -%}
{%- do entity_kit._metric_add_leaves(plan, leaves) -%}
{%- set found = namespace(all=[]) -%}
{%- for leaf in leaves -%}
    {%- set found.all = found.all + ['entity_kit_rows_' ~ leaf ~ ' > 0'] -%}
{%- endfor -%}
{{ return(found.all | join(' or ')) }}
{%- endmacro -%}
