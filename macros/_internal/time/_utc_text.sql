{#- A date or timestamp that is written out, with its zone: UTC where it names none. -#}
{%- macro _utc_text(text) -%}
{%- if entity_kit._names_zone(text) -%}
{{ return(text) }}
{%- endif -%}
{{ return(text ~ (' 00:00:00' if text | length == 10 else '') ~ '+00:00') }}
{%- endmacro -%}
