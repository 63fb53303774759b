{#- An `order by` list, which fills lines, forwards or backwards, with NULL first as the least. An item may end in ` desc`. -#}
{%- macro _scd2_order(items, backwards=false) -%}
{%- set found = namespace(all=[]) -%}
{%- for item in items -%}
    {%- set falls = item[-5:] == ' desc' -%}
    {%- set found.all = found.all + [
        (item[:-5] if falls else item) ~ (' desc nulls last' if falls != backwards else ' nulls first')
    ] -%}
{%- endfor -%}
{{ return(entity_kit._wrapped(found.all, 92)) }}
{%- endmacro -%}
