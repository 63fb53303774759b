{#-
    The distance of each node to those that it leads to: `{unique_id: {other: steps}}`, by the shortest path. `steps`
    maps each node to a list of the next ones.
-#}
{%- macro _depths(steps) -%}
{%- set found = {} -%}
{%- for start in steps -%}
    {%- set depths = {} -%}
    {%- set state = namespace(front=[start], depth=0) -%}
    {#- No path is longer than the number of nodes. Jinja has no while loop. -#}
    {%- for _ in steps if state.front -%}
        {%- set state.depth = state.depth + 1 -%}
        {%- set next = [] -%}
        {%- for node in state.front -%}
            {%- for other in (steps[node] if node in steps else []) -%}
                {%- if other not in depths -%}
                    {%- do depths.update({other: state.depth}) -%}
                    {%- do next.append(other) -%}
                {%- endif -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- set state.front = next -%}
    {%- endfor -%}
    {%- do found.update({start: depths}) -%}
{%- endfor -%}
{{ return(found) }}
{%- endmacro -%}
