{#- A node's table as SQL, without rows under `--empty`. -#}
{%- macro _metric_relation_of(node) -%}
{%- set relation = api.Relation.create(
    database=node['database'], schema=node['schema'], identifier=node['alias']
) -%}
{{ return('(select * from ' ~ relation ~ ' where false limit 0)' if flags.EMPTY else relation | string) }}
{%- endmacro -%}
