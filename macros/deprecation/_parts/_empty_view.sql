{#- Recreate the view with the same columns and no rows. -#}
{%- macro _empty_view(relation, sql) -%}
{{ return(
    'create or replace view ' ~ relation ~ ' as\nselect *\nfrom (\n' ~ sql ~ '\n) as entity_kit_retired\nwhere 1 = 0'
) }}
{%- endmacro -%}
