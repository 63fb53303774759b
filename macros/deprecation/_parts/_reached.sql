{#- All direct and transitive readers of a node, from `_graph_readers`. -#}
{%- macro _reached(start, readers) -%}
{%- set seen = {} -%}
{%- set state = namespace(front=[start]) -%}
{%- for _ in readers if state.front -%}
    {%- set next = [] -%}
    {%- for node in state.front -%}
        {%- for other in readers[node] -%}
            {%- if other not in seen -%}
                {%- do seen.update({other: true}) -%}
                {%- do next.append(other) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set state.front = next -%}
{%- endfor -%}
{{ return(seen | list) }}
{%- endmacro -%}
