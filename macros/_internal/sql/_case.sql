{#- A case of one condition, on one line where that is short. -#}
{%- macro _case(condition, value, otherwise) -%}
{%- set line = 'case when ' ~ condition ~ ' then ' ~ value ~ ' else ' ~ otherwise ~ ' end' -%}
{{ return(
    line if line | length <= 105
    else 'case\n    when ' ~ condition ~ '\n        then ' ~ value ~ '\n    else ' ~ otherwise ~ '\nend'
) }}
{%- endmacro -%}
