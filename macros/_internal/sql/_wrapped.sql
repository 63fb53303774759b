{#- A list of short SQL on as few lines as it needs, with commas or another sign between. -#}
{%- macro _wrapped(items, width=100, between=', ', between_lines=',\n') -%}
{%- set found = namespace(lines=[], line='') -%}
{%- for item in items -%}
    {%- set longer = item if found.line == '' else found.line ~ between ~ item -%}
    {%- if found.line != '' and (longer | length > width or '\n' in longer) -%}
        {%- set found.lines = found.lines + [found.line] -%}
        {%- set found.line = item -%}
    {%- else -%}
        {%- set found.line = longer -%}
    {%- endif -%}
{%- endfor -%}
{{ return((found.lines + [found.line]) | join(between_lines)) }}
{%- endmacro -%}
