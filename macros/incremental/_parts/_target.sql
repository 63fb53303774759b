{#-
    The relation with the watermark, as written in SQL. dbt's unit tests have no `this` while dbt parses them, nor if
    the target's rows aren't given; nothing then reads it, except on an incremental run.
-#}
{%- macro _target(relation, macro_name, argument='relation') -%}
{%- if relation is none and this is none -%}
    {%- do entity_kit._require(
        not execute or not is_incremental(), macro_name, argument, 'a relation or the name of a CTE', relation,
        'In a unit test of an incremental run, use `input: this` for the model\'s own rows.'
    ) -%}
{{ return('entity_kit_no_target') }}
{%- endif -%}
{{ return(entity_kit._relation(relation, macro_name, argument)) }}
{%- endmacro -%}
