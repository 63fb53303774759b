{#- The name between the engine's quotes. `adapter.quote` leaves a quote inside the name as it is: double it. -#}
{%- macro _quoted(name) -%}
{%- set mark = adapter.quote('x') | first -%}
{{ return(adapter.quote(name | replace(mark, mark ~ mark))) }}
{%- endmacro -%}
