{#-
    How hard a model is to read, stated so that anyone can count it again: a point for each ten lines, two for each
    model or source that it reads, three for each join and each union, two for each case, three for each window.
    Words are counted in the code as written, comments and strings included.
-#}
{%- macro _complexity(node) -%}
{%- set code = node['raw_code'] or '' -%}
{%- set words = ' ' ~ (code | lower | replace('(', ' ( ') | replace(')', ' ) ')).split() | join('  ') ~ ' ' -%}
{%- set parents = (node['depends_on'] or {})['nodes'] | default([], true) | unique | list | length -%}
{{ return(
    code.split('\n') | length // 10
    + 2 * parents
    + 3 * (words.split(' join ') | length - 1)
    + 3 * (words.split(' union ') | length - 1)
    + 2 * (words.split(' case ') | length - 1)
    + 3 * (words.split(' over ') | length - 1)
) }}
{%- endmacro -%}
