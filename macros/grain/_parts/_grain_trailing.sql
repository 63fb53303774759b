{#- The trailing measures, checked, and their `widths`: each number of periods once, in the order of the measures. -#}
{%- macro _grain_trailing(name, trailing, taken) -%}
{%- set measures = entity_kit._measures(name, 'trailing', trailing, taken, ['periods']) -%}
{%- set widths = namespace(all=[]) -%}
{%- for measure in measures -%}
    {%- do entity_kit._require(
        measure['periods'] is integer and measure['periods'] >= 1,
        name, 'trailing[' ~ loop.index0 ~ '].periods', 'a whole number, one or more', measure['periods'],
        'It is the number of periods, including this one. Put a measure of this period alone into `measures`.'
    ) -%}
    {%- if measure['periods'] not in widths.all -%}
        {%- set widths.all = widths.all + [measure['periods']] -%}
    {%- endif -%}
{%- endfor -%}
{{ return({'measures': measures, 'widths': widths.all}) }}
{%- endmacro -%}
