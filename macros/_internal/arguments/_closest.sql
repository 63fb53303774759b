{#- The closest allowed value, or none if nothing is close. -#}
{%- macro _closest(value, allowed) -%}
{%- set best = namespace(value=none, distance=0) -%}
{%- if value is string -%}
    {%- for candidate in allowed -%}
        {%- set distance = entity_kit._distance(value | lower, candidate | lower) -%}
        {%- if distance * 2 <= [value | length, candidate | length] | max
            and (best.value is none or distance < best.distance) -%}
            {%- set best.value = candidate -%}
            {%- set best.distance = distance -%}
        {%- endif -%}
    {%- endfor -%}
{%- endif -%}
{{ return(best.value) }}
{%- endmacro -%}
