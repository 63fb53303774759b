{#-
    The post-hook of a deprecated model: past sunset, under `empty`, the statement that leaves the relation with its
    columns and no rows; nothing otherwise. A hook, since only it comes after the model's own SQL.
-#}
{%- macro _empty_after_sunset() -%}
{%- set deprecation = entity_kit._deprecation_of(model) -%}
{%- if execute and deprecation is not none and entity_kit._deprecation_stage(deprecation) == 'sunset'
    and entity_kit._on_sunset() == 'empty' -%}
    {%- if config.get('materialized') == 'view' -%}
        {{ return(entity_kit._empty_view(this, model['compiled_code'])) }}
    {%- endif -%}
    {#- Spark deletes no rows of Parquet files. -#}
    {{ return('truncate table ' ~ this if target.type == 'spark' else 'delete from ' ~ this ~ ' where 1 = 1') }}
{%- endif -%}
{{ return('') }}
{%- endmacro -%}
