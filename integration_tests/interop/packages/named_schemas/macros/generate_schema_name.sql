{%- macro generate_schema_name(custom_schema_name, node) -%}
{{ return('house' if custom_schema_name is none else 'house_' ~ custom_schema_name | trim) }}
{%- endmacro -%}
