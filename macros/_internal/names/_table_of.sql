{#- The relation of a node of dbt's graph as it stands in the warehouse; none if it isn't built. -#}
{%- macro _table_of(node) -%}
{{ return(adapter.get_relation(database=node['database'], schema=node['schema'], identifier=node['alias'])) }}
{%- endmacro -%}
