{#- Add a leaf to those of the table, unless an equal one is there. Returns its position. -#}
{%- macro _metric_add_leaf(spec, leaf) -%}
{%- if leaf not in spec.leaves -%}
    {%- do spec.leaves.append(leaf) -%}
{%- endif -%}
{%- set position = namespace(found=0) -%}
{%- for other in spec.leaves if other == leaf -%}
    {%- set position.found = spec.leaves.index(other) + 1 -%}
{%- endfor -%}
{{ return(position.found) }}
{%- endmacro -%}
