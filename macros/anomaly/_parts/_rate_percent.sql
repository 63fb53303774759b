{#- A rate between 0 and 1 in SQL as text in percent, with two decimals. -#}
{%- macro _rate_percent(rate) -%}
{{ return('cast(cast(100 * (' ~ rate ~ ') as decimal(5, 2)) as ' ~ dbt.type_string() ~ ") || '%'") }}
{%- endmacro -%}
