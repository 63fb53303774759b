{%- macro hashdiff(columns) -%}
{{ return(adapter.dispatch('hashdiff', 'entity_kit')(columns)) }}
{%- endmacro -%}

{%- macro default__hashdiff(columns) -%}
{{ return(entity_kit._hash(entity_kit._csv_line(entity_kit._list('hashdiff', 'columns', columns)))) }}
{%- endmacro -%}
