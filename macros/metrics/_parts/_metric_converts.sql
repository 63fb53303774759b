{#- Whether a base event may have led to a conversion: the same keys, and not later, but within the window. -#}
{%- macro _metric_converts(reaches, base, event) -%}
{%- set found = namespace(all=[]) -%}
{%- for number in range(1, reaches['keys'] + 1) -%}
    {%- set found.all = found.all + [
        base ~ '.entity_kit_converts_by_' ~ number ~ ' = ' ~ event ~ '.entity_kit_converted_by_' ~ number
    ] -%}
{%- endfor -%}
{%- set at = event ~ '.entity_kit_converted_at' -%}
{%- set found.all = found.all + [base ~ '.entity_kit_converts_at <= ' ~ at] -%}
{%- if reaches.unit is not none -%}
    {%- set unit, size = entity_kit._period_step(reaches.unit) -%}
    {%- set found.all = found.all + [
        base ~ '.entity_kit_converts_at > ' ~ entity_kit._dateadd(unit, -size * reaches['count'], at)
    ] -%}
{%- endif -%}
{{ return(found.all | join('\nand ')) }}
{%- endmacro -%}
