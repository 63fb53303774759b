{%- macro watermark(column, relation=this) -%}
{{ return(adapter.dispatch('watermark', 'entity_kit')(column, relation)) }}
{%- endmacro -%}

{%- macro default__watermark(column, relation) -%}
{%- do entity_kit._string('watermark', 'column', column) -%}
{%- set target = entity_kit._target(relation, 'watermark') -%}
{#- A model that is rebuilt has read nothing, whatever the table that it replaces contains. -#}
{%- if target == this | string and not is_incremental() -%}
{{ return('cast(null as ' ~ dbt.type_timestamp() ~ ')') }}
{%- endif -%}
{{ return(
    '(select max(' ~ entity_kit._qualified('entity_kit_target', column) ~ ') from ' ~ target ~ ' as entity_kit_target)'
) }}
{%- endmacro -%}
