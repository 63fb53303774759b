{#- Runs its own statements in the hook, and returns no SQL to dbt. -#}
{%- macro note_schemas(schemas) -%}
{%- if execute -%}
    {%- do run_query('create or replace table ' ~ target.database ~ '.notes.schemas as select '
        ~ (tojson(schemas | list) | replace('"', "'")) ~ ' as names') -%}
{%- endif -%}
{%- endmacro -%}
