{#- Refuse anything but a mapping with these keys. For an unknown key, name the closest one. -#}
{%- macro _mapping(macro_name, argument, value, required, optional=[]) -%}
{%- set expected = 'a mapping with ' ~ required | join(', ')
    ~ (' and, where needed, ' ~ optional | join(', ') if optional else '') -%}
{%- do entity_kit._require(
    value is mapping and not entity_kit._is_relation(value), macro_name, argument, expected, value,
    'Write it as {' ~ '\'' ~ required | join('\': …, \'') ~ '\': …}.'
) -%}
{%- for key in value -%}
    {%- if key not in required + optional -%}
        {%- set closest = entity_kit._closest(key, required + optional) -%}
        {{ entity_kit._fail(
            macro_name, argument, expected, key,
            'Closest: ' ~ closest ~ '.' if closest is not none else 'Leave it out.'
        ) }}
    {%- endif -%}
{%- endfor -%}
{%- for key in required -%}
    {%- do entity_kit._require(key in value, macro_name, argument, expected, value, 'Add ' ~ key ~ '.') -%}
{%- endfor -%}
{{ return(value) }}
{%- endmacro -%}
