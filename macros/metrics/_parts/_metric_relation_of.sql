{#- A node's table, as a relation. -#}
{%- macro _metric_relation_of(node) -%}
{{ return(api.Relation.create(database=node['database'], schema=node['schema'], identifier=node['alias'])) }}
{%- endmacro -%}
