{#- The keys that the selects find, as key_1, key_2, …, each between `before` and `after`. -#}
{%- macro _union_of_keys(selects, before='', after='') -%}
{%- set columns = namespace(all=[]) -%}
{%- for each in selects -%}
    {%- set keys = [] -%}
    {%- for key in each['keys'] -%}
        {%- do keys.append(before ~ key ~ after ~ ' as key_' ~ loop.index) -%}
    {%- endfor -%}
    {%- set columns.all = columns.all + [keys] -%}
{%- endfor -%}
{%- for each in selects -%}
{%- if not loop.first %}
union all
{% endif -%}
{{ entity_kit._select('select', columns.all[loop.index0]) }}
from {{ each['from'] }}
{%- if each['where'] is defined %}
where {{ each['where'] }}
{%- endif -%}
{%- endfor -%}
{%- endmacro -%}
