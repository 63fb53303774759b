{#-
    The order of rows that tie in everything the user named: by their whole content, as the end of an `order by`.
    Engines without a value for a whole row use the columns one by one. For a CTE, whose columns aren't known while dbt
    compiles, they use those in `used`, which make up the result. The user lists them in `used_argument`. Where the relation
    `is_alone` in its select, columns need no alias before them.
-#}
{%- macro _row_order(alias, relation, used, macro_name, argument, used_argument=none, is_alone=false) -%}
{{ return(adapter.dispatch('_row_order', 'entity_kit')(
    alias, relation, used, macro_name, argument, used_argument, is_alone
)) }}
{%- endmacro -%}

{%- macro default___row_order(alias, relation, used, macro_name, argument, used_argument, is_alone) -%}
{{ return('cast(' ~ alias ~ ' as ' ~ dbt.type_string() ~ ') desc') }}
{%- endmacro -%}

{%- macro duckdb___row_order(alias, relation, used, macro_name, argument, used_argument, is_alone) -%}
{{ return(alias ~ ' desc') }}
{%- endmacro -%}

{%- macro snowflake___row_order(alias, relation, used, macro_name, argument, used_argument, is_alone) -%}
{{ return('to_json(object_construct_keep_null(' ~ alias ~ '.*)) desc') }}
{%- endmacro -%}

{%- macro bigquery___row_order(alias, relation, used, macro_name, argument, used_argument, is_alone) -%}
{{ return('to_json_string(' ~ alias ~ ') desc') }}
{%- endmacro -%}

{%- macro spark___row_order(alias, relation, used, macro_name, argument, used_argument, is_alone) -%}
{{ return('to_json(struct(' ~ alias ~ '.*)) desc') }}
{%- endmacro -%}

{%- macro redshift___row_order(alias, relation, used, macro_name, argument, used_argument, is_alone) -%}
{{ return(entity_kit._order_by_columns(
    alias, relation, used, macro_name, argument, used_argument, is_alone, without_order=['geometry', 'geography', 'hllsketch']
)) }}
{%- endmacro -%}

{%- macro trino___row_order(alias, relation, used, macro_name, argument, used_argument, is_alone) -%}
{{ return(entity_kit._order_by_columns(
    alias, relation, used, macro_name, argument, used_argument, is_alone, as_json=['json', 'map'], without_order=[
        'geometry', 'sphericalgeography', 'hyperloglog', 'p4hyperloglog', 'qdigest', 'tdigest', 'setdigest'
    ]
)) }}
{%- endmacro -%}
