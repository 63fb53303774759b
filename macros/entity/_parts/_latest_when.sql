{#- The latest time of the rows for which a condition is true. -#}
{%- macro _latest_when(condition, time) -%}
{{ return('max(case when ' ~ condition ~ ' then ' ~ time ~ ' end)') }}
{%- endmacro -%}
