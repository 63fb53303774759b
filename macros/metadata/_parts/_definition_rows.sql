{#- One row per metric with its meaning, for the log and for the definitions. -#}
{%- macro _definition_rows(all) -%}
{%- set rows = [] -%}
{%- for name in all.metrics -%}
    {%- set metric = all.metrics[name] -%}
    {%- set ours = entity_kit._definition_meta(metric) -%}
    {%- set form = entity_kit._definition_form(name, all) -%}
    {%- do rows.append([
        metric['unique_id'], name, local_md5(form), form, ours['version'] if ours['version'] is not none and 'version' in ours
        else 1
    ]) -%}
{%- endfor -%}
{{ return(rows) }}
{%- endmacro -%}
