{#- A date or timestamp literal with its zone, or UTC if it has none. -#}
{%- macro _utc_text(text) -%}
{%- if entity_kit._names_zone(text) -%}
{{ return(text) }}
{%- endif -%}
{{ return(text ~ (' 00:00:00' if text | length == 10 else '') ~ '+00:00') }}
{%- endmacro -%}
