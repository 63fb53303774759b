{#- The start of the hour, day or month of a time without a zone. -#}
{%- macro start_of(unit, time) -%}
{{ 'datetime_trunc(' ~ time ~ ', ' ~ unit ~ ')' if target.type == 'bigquery' else "date_trunc('" ~ unit ~ "', " ~ time ~ ')' }}
{%- endmacro -%}
