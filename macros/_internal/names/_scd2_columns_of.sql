{#- The columns of a relation as far as they can be known: none of a CTE, nor of what isn't built yet. -#}
{%- macro _scd2_columns_of(relation) -%}
{%- if not execute or relation is string or relation.is_cte -%}
{{ return([]) }}
{%- endif -%}
{%- set built = adapter.get_relation(relation.database, relation.schema, relation.identifier) -%}
{{ return(adapter.get_columns_in_relation(built) if built is not none else []) }}
{%- endmacro -%}
