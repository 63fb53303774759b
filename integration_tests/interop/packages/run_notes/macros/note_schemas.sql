{#- Runs statements of its own in the hook, and leaves no SQL for dbt. -#}
{%- macro note_schemas(schemas) -%}
{%- if execute -%}
    {%- do run_query('create or replace table ' ~ target.database ~ '.notes.schemas as select '
        ~ (tojson(schemas | list) | replace('"', "'")) ~ ' as names') -%}
{%- endif -%}
{%- endmacro -%}
