{#- A select of these columns (see `_rows`) without rows. -#}
{%- macro _no_rows(columns) -%}
{%- set cells = namespace(all=[]) -%}
{%- for name in columns -%}
    {%- set cells.all = cells.all + ['cast(null as ' ~ entity_kit._column_type(columns[name]) ~ ') as ' ~ name] -%}
{%- endfor -%}
{{ return('select ' ~ cells.all | join(', ') ~ '\nfrom (select 1 as nothing) as empty_table\nwhere 1 = 0') }}
{%- endmacro -%}
