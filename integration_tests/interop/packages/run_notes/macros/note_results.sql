{%- macro note_results(results) -%}
{%- set rows = [] -%}
{%- if execute -%}
    {%- for result in results -%}
        {%- set node = graph['nodes'].get(result.node.unique_id) or result.node.to_dict() -%}
        {%- do rows.append("('" ~ invocation_id ~ "', '" ~ result.node.unique_id ~ "', '" ~ result.status ~ "', '"
            ~ node['config']['tags'] | join(' ') ~ "')") -%}
    {%- endfor -%}
{%- endif -%}
{%- if rows -%}
insert into {{ target.database }}.notes.results values {{ rows | join(', ') }}
{%- endif -%}
{%- endmacro -%}
