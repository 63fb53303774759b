{#-
    How hard a model is to read, stated so that anyone can count it again: a point for each ten lines, two for each
    model or source that it reads, three for each join and each union, two for each case, three for each window.
    Words are counted in the code as written, comments and strings included.
-#}
{%- macro _complexity(node) -%}
{%- set code = node['raw_code'] or '' -%}
{#- A word stands between white space and parentheses. -#}
{%- set find = modules.re.findall -%}
{{ return(
    code.split('\n') | length // 10
    + 2 * (node['depends_on']['nodes'] | unique | list | length)
    + 3 * (find('(?i)(?<![^\\s()])(?:join|union|over)(?![^\\s()])', code) | length)
    + 2 * (find('(?i)(?<![^\\s()])case(?![^\\s()])', code) | length)
) }}
{%- endmacro -%}
