{#-
    The complexity of each model, as rows of unique id, lines, and points, easy to count by hand: one point per ten
    lines, two per model or source that it reads, three per join, union, and window, two per case. Words are counted in
    the code as written, including comments and strings.
-#}
{%- macro _complexities() -%}
{%- set rows = [] -%}
{%- if execute -%}
    {%- set find = modules.re.findall -%}
    {%- for node in graph['nodes'].values() if node['resource_type'] == 'model' and node['package_name'] != 'entity_kit' -%}
        {%- set code = node['raw_code'] or '' -%}
        {%- set lines = code.split('\n') | length -%}
        {#- A word is between white space and parentheses. -#}
        {%- do rows.append([
            node['unique_id'], lines,
            lines // 10 + 2 * (node['depends_on']['nodes'] | unique | list | length)
            + 3 * (find('(?i)(?<![^\\s()])(?:join|union|over)(?![^\\s()])', code) | length)
            + 2 * (find('(?i)(?<![^\\s()])case(?![^\\s()])', code) | length)
        ]) -%}
    {%- endfor -%}
{%- endif -%}
{{ return(entity_kit._rows({'unique_id': 'text', 'lines': 'integer', 'complexity': 'integer'}, rows)) }}
{%- endmacro -%}
