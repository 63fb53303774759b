{#- The columns of `deprecated_model_usage`: one row per deprecated model, user and day. -#}
{%- macro _usage_columns() -%}
{{ return({
    'model_name': 'text', 'unique_id': 'text', 'relation': 'text', 'replacement': 'text', 'sunset_date': 'date',
    'user_name': 'text', 'used_on': 'date', 'reads': 'integer', 'first_read_at': 'timestamp',
    'last_read_at': 'timestamp', 'history': 'text'
}) }}
{%- endmacro -%}
