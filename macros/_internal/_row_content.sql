{#- A whole row as one value that can be ordered: the last resort where rows tie in all that the user named. -#}
{%- macro _row_content(alias) -%}
{{ return(adapter.dispatch('_row_content', 'entity_kit')(alias)) }}
{%- endmacro -%}

{%- macro default___row_content(alias) -%}
{{ return('cast(' ~ alias ~ ' as ' ~ dbt.type_string() ~ ')') }}
{%- endmacro -%}

{%- macro duckdb___row_content(alias) -%}
{{ return(alias) }}
{%- endmacro -%}

{%- macro snowflake___row_content(alias) -%}
{{ return('to_json(object_construct_keep_null(' ~ alias ~ '.*))') }}
{%- endmacro -%}

{%- macro bigquery___row_content(alias) -%}
{{ return('to_json_string(' ~ alias ~ ')') }}
{%- endmacro -%}

{%- macro spark___row_content(alias) -%}
{{ return('to_json(struct(' ~ alias ~ '.*))') }}
{%- endmacro -%}
