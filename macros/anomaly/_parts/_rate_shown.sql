{#- Millionths as a percentage for a reader: 50000 is 5%. -#}
{%- macro _rate_shown(millionths) -%}
{%- set whole = millionths // 10000 -%}
{%- set rest = ('%04d' | format(millionths % 10000)).rstrip('0') -%}
{{ return(whole ~ ('.' ~ rest if rest else '') ~ '%') }}
{%- endmacro -%}
