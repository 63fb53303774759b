{#- The window of a function, on one line where that is short. -#}
{%- macro _over(partition_by, order_by) -%}
{%- set line = 'over (partition by ' ~ partition_by ~ ' order by ' ~ order_by | join(', ') ~ ')' -%}
{%- set ordered = 'order by ' ~ order_by | join(', ') -%}
{%- set laid_out = ordered if ordered | length <= 96 and '\n' not in ordered
    else 'order by\n    ' ~ entity_kit._wrapped(order_by, 96) | indent(4) -%}
{{ return(
    line if line | length <= 90 and '\n' not in line
    else 'over (\n    partition by ' ~ partition_by ~ '\n    ' ~ laid_out | indent(4) ~ '\n)'
) }}
{%- endmacro -%}
