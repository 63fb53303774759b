{#- Refuse a value that isn't allowed, and name the closest one. -#}
{%- macro _one_of(macro_name, argument, value, allowed) -%}
{%- if value is not string or value not in allowed -%}
    {%- set closest = entity_kit._closest(value, allowed) -%}
    {{ entity_kit._fail(
        macro_name, argument, 'one of ' ~ allowed | join(', '), value,
        'Closest: ' ~ closest ~ '.' if closest is not none else 'Choose one of these.'
    ) }}
{%- endif -%}
{{ return(value) }}
{%- endmacro -%}
