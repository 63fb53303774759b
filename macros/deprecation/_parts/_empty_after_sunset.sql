{#-
    The post-hook of a deprecated model. After the sunset date, under `empty`, it is the statement that leaves the
    relation with its columns and no rows; otherwise nothing. It is a hook because it must run after the model's own
    SQL.
-#}
{%- macro _empty_after_sunset() -%}
{%- set deprecation = entity_kit._deprecation_of(model) -%}
{%- if execute and deprecation is not none and entity_kit._deprecation_stage(deprecation) == 'sunset'
    and entity_kit._on_sunset() == 'empty' -%}
    {%- if config.get('materialized') == 'view' -%}
        {{ return(entity_kit._empty_view(this, model['compiled_code'])) }}
    {%- endif -%}
    {#- Spark can't delete rows from Parquet files. -#}
    {{ return('truncate table ' ~ this if target.type == 'spark' else 'delete from ' ~ this ~ ' where 1 = 1') }}
{%- endif -%}
{{ return('') }}
{%- endmacro -%}
