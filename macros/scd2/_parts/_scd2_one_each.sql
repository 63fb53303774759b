{#-
    The rows of a history for which a condition is true, one per entity: of several, the one that began last; among
    those, the one that ends last, and then by content.
-#}
{%- macro _scd2_one_each(macro_name, history, condition) -%}
{%- set relation = entity_kit._relation(history, macro_name, 'history') -%}
{%- set standard = [
    'durable_key', 'surrogate_key', 'hashdiff', 'valid_from', 'valid_to', 'is_current', 'is_deleted', 'loaded_at'
] -%}
{%- do entity_kit._scd2_must_have(macro_name, 'history', ['durable_key'], history) -%}
{%- set order = 'valid_from desc nulls last, valid_to desc nulls first, ' ~ entity_kit._row_order(
    'entity_kit_version', history, standard, macro_name, 'history'
) -%}
{{ adapter.dispatch('_scd2_one_each', 'entity_kit')(relation, history, condition, order) }}
{%- endmacro -%}

{#- If only a subquery can filter by a window, the columns are listed; those of a CTE aren't known. -#}
{%- macro default___scd2_one_each(relation, history, condition, order) -%}
{%- set names = namespace(all=[]) -%}
{%- for column in entity_kit._scd2_columns_of(history) -%}
    {%- set names.all = names.all + [entity_kit._column(column.name)] -%}
{%- endfor -%}
{%- if names.all -%}
select
    {{ names.all | join(',\n    ') }}
from (
    select
        entity_kit_version.*,
        row_number() over (
            partition by durable_key
            order by {{ order | indent(16) }}
        ) as entity_kit_place
    from {{ relation }} as entity_kit_version
    where {{ condition | indent(4) }}
) as placed
where entity_kit_place = 1
{%- else -%}
select *
from {{ relation }}
where {{ condition }}
{%- endif -%}
{%- endmacro -%}

{%- macro duckdb___scd2_one_each(relation, history, condition, order) -%}
select *
from {{ relation }} as entity_kit_version
where {{ condition }}
qualify row_number() over (
    partition by durable_key
    order by {{ order | indent(8) }}
) = 1
{%- endmacro -%}

{%- macro snowflake___scd2_one_each(relation, history, condition, order) -%}
{{ entity_kit.duckdb___scd2_one_each(relation, history, condition, order) }}
{%- endmacro -%}

{%- macro bigquery___scd2_one_each(relation, history, condition, order) -%}
{{ entity_kit.duckdb___scd2_one_each(relation, history, condition, order) }}
{%- endmacro -%}

{%- macro databricks___scd2_one_each(relation, history, condition, order) -%}
{{ entity_kit.duckdb___scd2_one_each(relation, history, condition, order) }}
{%- endmacro -%}

{%- macro postgres___scd2_one_each(relation, history, condition, order) -%}
select distinct on (durable_key) *
from {{ relation }} as entity_kit_version
where {{ condition }}
order by durable_key, {{ order | indent(4) }}
{%- endmacro -%}

{%- macro redshift___scd2_one_each(relation, history, condition, order) -%}
{{ entity_kit.duckdb___scd2_one_each(relation, history, condition, order) }}
{%- endmacro -%}
