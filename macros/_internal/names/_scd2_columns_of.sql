{#- The columns of a relation, if they are known: none for a CTE or a relation that isn't built yet. -#}
{%- macro _scd2_columns_of(relation) -%}
{%- if not execute or relation is string or relation.is_cte -%}
{{ return([]) }}
{%- endif -%}
{%- set built = adapter.get_relation(relation.database, relation.schema, relation.identifier) -%}
{{ return(adapter.get_columns_in_relation(built) if built is not none else []) }}
{%- endmacro -%}
