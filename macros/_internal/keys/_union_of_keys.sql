{#- The keys that the selects find, as key_1, key_2, …, each between `before` and `after`. -#}
{%- macro _union_of_keys(selects, before='', after='') -%}
{%- for each in selects -%}
{%- if not loop.first %}
union all
{% endif -%}
select {% for key in each['keys'] -%}
{{ before ~ key ~ after }} as key_{{ loop.index }}{{ ', ' if not loop.last }}
{%- endfor %}
from {{ each['from'] }}
where {{ each['where'] }}
{%- endfor -%}
{%- endmacro -%}
