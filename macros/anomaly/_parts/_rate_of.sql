{#- A part of a count as a number from 0 to 1, NULL for an empty table. `dbt.type_float()` isn't double everywhere. -#}
{%- macro _rate_of(part, whole) -%}
{%- set type = entity_kit._column_type('number') -%}
{{ return('cast(' ~ part ~ ' as ' ~ type ~ ') / nullif(' ~ whole ~ ', 0)') }}
{%- endmacro -%}
