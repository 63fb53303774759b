{#- The engine's type for `text`, `integer`, `number`, `boolean`, `date` or `timestamp`. -#}
{%- macro _column_type(kind) -%}
{%- if kind == 'text' -%}
{{ return(dbt.type_string()) }}
{%- elif kind == 'integer' -%}
{{ return(dbt.type_bigint()) }}
{%- elif kind == 'number' -%}
{#- dbt's float type has only seven digits there. -#}
{{ return('double' if target.type in ['duckdb', 'spark', 'databricks'] else dbt.type_float()) }}
{%- elif kind == 'boolean' -%}
{{ return(dbt.type_boolean()) }}
{%- elif kind == 'timestamp' -%}
{{ return(dbt.type_timestamp()) }}
{%- endif -%}
{{ return('date') }}
{%- endmacro -%}
