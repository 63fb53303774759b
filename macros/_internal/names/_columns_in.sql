{#- The columns of a relation, as dbt's Column objects. None while dbt parses, because it runs no queries then. -#}
{%- macro _columns_in(relation, macro_name, argument) -%}
{%- do entity_kit._relation(relation, macro_name, argument) -%}
{%- set expected = 'a relation whose columns can be read' -%}
{%- do entity_kit._require(
    relation is not string, macro_name, argument, expected, relation,
    'The columns of a CTE aren\'t known while dbt compiles: list the columns.'
) -%}
{%- if not execute -%}
{{ return([]) }}
{%- endif -%}
{%- do entity_kit._require(
    not relation.is_cte, macro_name, argument, expected, relation,
    'An ephemeral model becomes a CTE, whose columns aren\'t known while dbt compiles: list the columns.'
) -%}
{%- set columns = adapter.get_columns_in_relation(relation) -%}
{%- do entity_kit._require(
    columns | length > 0, macro_name, argument, 'a relation that exists', relation,
    'Build it first, or list the columns.'
) -%}
{{ return(columns) }}
{%- endmacro -%}
