{#- The greatest of the expressions, ignoring NULL on every engine. -#}
{%- macro _greatest(expressions) -%}
{{ return(adapter.dispatch('_greatest', 'entity_kit')(expressions)) }}
{%- endmacro -%}

{#- Where one NULL makes the whole NULL, each is compared in place of the other where that is missing. -#}
{%- macro default___greatest(expressions) -%}
{%- set best = namespace(sql=expressions | first) -%}
{%- for expression in expressions[1:] -%}
    {%- set best.sql = entity_kit._call('greatest', [
        entity_kit._call('coalesce', [best.sql, expression]), entity_kit._call('coalesce', [expression, best.sql])
    ]) -%}
{%- endfor -%}
{{ return(best.sql) }}
{%- endmacro -%}

{%- macro duckdb___greatest(expressions) -%}
{{ return(entity_kit._call('greatest', expressions)) }}
{%- endmacro -%}

{#- Redshift, which dbt takes for a kind of Postgres, leaves NULLs out as well. -#}
{%- macro postgres___greatest(expressions) -%}
{{ return(entity_kit._call('greatest', expressions)) }}
{%- endmacro -%}

{#- And so does Databricks. -#}
{%- macro spark___greatest(expressions) -%}
{{ return(entity_kit._call('greatest', expressions)) }}
{%- endmacro -%}
