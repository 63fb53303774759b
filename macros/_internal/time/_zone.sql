{#- The name of a time zone that the warehouse knows. Engines without a list refuse an unknown one themselves. -#}
{%- macro _zone(macro_name, timezone) -%}
{%- do entity_kit._string(macro_name, 'timezone', timezone, 'the name of a time zone') -%}
{%- if timezone == 'UTC' -%}
{{ return(timezone) }}
{%- endif -%}
{%- set found = namespace(other=false) -%}
{%- for character in timezone | lower | list -%}
    {%- if character not in 'abcdefghijklmnopqrstuvwxyz0123456789_+-/' -%}
        {%- set found.other = true -%}
    {%- endif -%}
{%- endfor -%}
{%- set names = entity_kit._zone_names() -%}
{%- if found.other or (names | length > 0 and timezone not in names) -%}
    {%- set closest = entity_kit._closest(timezone, names) -%}
    {{ entity_kit._fail(
        macro_name, 'timezone', 'the name of a time zone that the warehouse knows', timezone,
        'Closest: ' ~ closest ~ '.' if closest is not none else 'Write it as in Europe/Berlin.'
    ) }}
{%- endif -%}
{{ return(timezone) }}
{%- endmacro -%}
