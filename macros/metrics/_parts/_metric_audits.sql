{#-
    The audit columns of a source, as a list: of itself, and of what it joins. Each has its `name` in the table, its `value` over
    the rows of a period, and `counts`, if it counts what the period is made of.
-#}
{%- macro _metric_audits(source) -%}
{%- set found = namespace(all=[
    {'name': source.id ~ '_loaded_at', 'value': 'max(entity_kit_loaded_at)', 'counts': false},
    {'name': source.id ~ '_rows', 'value': 'count(*)', 'counts': true}
]) -%}
{%- if source.is_coarse -%}
    {%- set found.all = found.all + [
        {'name': source.id ~ '_spine_rows', 'value': 'max(entity_kit_spine_rows)', 'counts': true}
    ] -%}
{%- endif -%}
{%- if source.conversions is not none -%}
    {%- set found.all = found.all + [
        {'name': source.id ~ '_conversions_loaded_at', 'value': 'max(entity_kit_converted_loaded_at)', 'counts': false}
    ] -%}
{%- endif -%}
{%- for id in source.joins -%}
    {%- set key = source.joins[id].key -%}
    {%- set found.all = found.all + [
        {'name': id ~ '_loaded_at', 'value': 'max(' ~ key ~ '_loaded_at)', 'counts': false},
        {'name': id ~ '_rows', 'value': 'count(' ~ key ~ '_found)', 'counts': true}
    ] -%}
{%- endfor -%}
{{ return(found.all) }}
{%- endmacro -%}
