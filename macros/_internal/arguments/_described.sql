{#-
    What measures say about their columns, for a model's `config.meta`. dbt takes the documentation of columns from YAML
    alone, which `entity-kit check --column-docs` compares with this. A key of its own, as dbt merges `meta` by its keys.
-#}
{%- macro _described(measures) -%}
{%- set said = {} -%}
{%- for measure in measures if measure.get('description') -%}
    {%- do said.update({measure['name']: measure['description'] | string}) -%}
{%- endfor -%}
{{ return({'entity_kit_columns': said} if said else {}) }}
{%- endmacro -%}
