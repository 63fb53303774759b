{#-
    The head of a select: its columns on one line where that is short. Else columns that are only passed on fill lines,
    and what is computed has lines of its own.
-#}
{%- macro _select(select, columns) -%}
{%- set line = select ~ ' ' ~ columns | join(', ') -%}
{%- if line | length <= 108 and '\n' not in line -%}
{{ return(line) }}
{%- endif -%}
{%- set found = namespace(lines=[], passed=[], begins='\n    ') -%}
{%- for column in columns -%}
    {%- set is_passed = column.split(' ') | length in [1, 3] and '(' not in column and '\n' not in column -%}
    {%- set found.begins = ' ' if loop.first and is_passed else found.begins -%}
    {%- set found.passed = found.passed + ([column] if is_passed else []) -%}
    {%- if found.passed and (loop.last or not is_passed) -%}
        {%- set found.lines = found.lines + [entity_kit._wrapped(found.passed, 104)] -%}
        {%- set found.passed = [] -%}
    {%- endif -%}
    {%- set found.lines = found.lines + ([] if is_passed else [column]) -%}
{%- endfor -%}
{{ return(select ~ found.begins ~ found.lines | join(',\n') | indent(4)) }}
{%- endmacro -%}
