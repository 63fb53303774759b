{#- SQL that dbt lays out on many lines, on one. Only for SQL without a text of the user's in it: lines are joined. -#}
{%- macro _one_line(sql) -%}
{%- set joined = namespace(sql='') -%}
{%- for line in sql.split('\n') if line | trim -%}
    {%- set is_tight = joined.sql == '' or joined.sql[-1:] == '(' or (line | trim)[:1] == ')' -%}
    {%- set joined.sql = joined.sql ~ ('' if is_tight else ' ') ~ line | trim -%}
{%- endfor -%}
{{ return(joined.sql) }}
{%- endmacro -%}
