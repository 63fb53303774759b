{#- Several values as one JSON text on BigQuery: `{"key_1":…,"key_2":null}`. -#}
{%- macro _json_text(expressions) -%}
{%- set fields = namespace(all=[]) -%}
{%- for expression in expressions -%}
    {%- set fields.all = fields.all + [expression ~ ' as key_' ~ loop.index] -%}
{%- endfor -%}
{{ return('to_json_string(struct(' ~ fields.all | join(', ') ~ '))') }}
{%- endmacro -%}
