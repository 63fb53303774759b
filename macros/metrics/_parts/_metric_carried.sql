{#- The columns that the CTEs of derived metrics hand on, after so many of them. -#}
{%- macro _metric_carried(spec, steps) -%}
{%- set found = namespace(all=['entity_kit_period'] + spec.columns | map(attribute='carried') | list) -%}
{%- for number in range(1, spec.leaves | length + 1) -%}
    {%- set found.all = found.all + ['entity_kit_value_' ~ number, 'entity_kit_rows_' ~ number] -%}
{%- endfor -%}
{%- for number in range(1, steps + 1) -%}
    {%- set found.all = found.all + ['entity_kit_step_' ~ number ~ '_value'] -%}
{%- endfor -%}
{{ return(found.all) }}
{%- endmacro -%}
