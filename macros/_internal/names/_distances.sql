{#-
    The distance of a node to all that it leads to, directly or not, by the shortest path: `{unique_id: steps}`. `next`
    maps each node to a list of the next ones.
-#}
{%- macro _distances(start, next) -%}
{%- set found = {} -%}
{%- set state = namespace(front=[start], depth=0) -%}
{#- No path is longer than the number of nodes. Jinja has no while loop. -#}
{%- for _ in next if state.front -%}
    {%- set state.depth = state.depth + 1 -%}
    {%- set reached = [] -%}
    {%- for node in state.front -%}
        {%- for other in (next[node] if node in next else []) -%}
            {%- if other not in found -%}
                {%- do found.update({other: state.depth}) -%}
                {%- do reached.append(other) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set state.front = reached -%}
{%- endfor -%}
{{ return(found) }}
{%- endmacro -%}
