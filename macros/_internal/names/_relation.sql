{#- A Relation, or the name of a CTE, as it is written into SQL. -#}
{%- macro _relation(relation, macro_name, argument) -%}
{%- if relation is string and (entity_kit._is_word(relation) or entity_kit._is_quoted(relation)) -%}
{{ return(entity_kit._column(relation)) }}
{%- endif -%}
{%- do entity_kit._require(
    entity_kit._is_relation(relation), macro_name, argument, 'a relation or the name of a CTE', relation,
    'Pass ref(\'…\'), source(\'…\', \'…\'), or the name of a CTE of this model in quotes.'
) -%}
{{ return(relation | string) }}
{%- endmacro -%}
