{%- macro generate_surrogate_key(columns) -%}
{{ return(adapter.dispatch('generate_surrogate_key', 'entity_kit')(columns)) }}
{%- endmacro -%}

{#-
    The same value as dbt_utils.generate_surrogate_key, byte for byte, so that their keys can be joined. So it also has
    the flaw that ('a-', 'b') and ('a', '-b') are the same key; `hashdiff` distinguishes them.
-#}
{%- macro default__generate_surrogate_key(columns) -%}
{%- set null_text = '' if var('surrogate_key_treat_nulls_as_empty_strings', false)
    else '_dbt_utils_surrogate_key_null_' -%}
{%- set parts = namespace(all=[]) -%}
{%- for column in entity_kit._list('generate_surrogate_key', 'columns', columns) -%}
    {%- set text = 'cast(' ~ entity_kit._expression(column) ~ ' as ' ~ dbt.type_string() ~ ')' -%}
    {%- set parts.all = parts.all + (["'-'"] if not loop.first else [])
        + ['coalesce(' ~ text ~ ", '" ~ null_text ~ "')"] -%}
{%- endfor -%}
{{ return(entity_kit._hash(dbt.concat(parts.all) | trim)) }}
{%- endmacro -%}
