{#-
    A select from its clauses, the first of which is its head: on one line where that is short. Else a query with joins
    has its head on lines of its own, and each join if they are long; other clauses fill lines.
-#}
{%- macro _query(clauses) -%}
{%- set line = clauses | join(' ') -%}
{%- set tail = clauses[1:] | join(' ') -%}
{%- if ' join ' in tail and (line | length > 100 or '\n' in line) -%}
{{ return(
    clauses[0] ~ '\n' ~ (tail if tail | length <= 100 and '\n' not in tail else clauses[1:] | join('\n'))
) }}
{%- endif -%}
{%- set found = namespace(lines=[], line=clauses[0]) -%}
{%- for clause in clauses[1:] -%}
    {%- set begun = found.line ~ ' ' ~ (clause.split('\n') | first) -%}
    {%- if '\n' in begun or begun | length > 100 -%}
        {%- set found.lines = found.lines + [found.line] -%}
        {%- set found.line = clause -%}
    {%- else -%}
        {%- set found.line = found.line ~ ' ' ~ clause -%}
    {%- endif -%}
{%- endfor -%}
{{ return((found.lines + [found.line]) | join('\n')) }}
{%- endmacro -%}
