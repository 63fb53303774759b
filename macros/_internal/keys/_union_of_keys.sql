{#- The keys that the selects find, as key_1, key_2, …, each between `before` and `after`. -#}
{%- macro _union_of_keys(selects, before='', after='') -%}
{%- set queries = namespace(all=[]) -%}
{%- for each in selects -%}
    {%- set keys = [] -%}
    {%- for key in each['keys'] -%}
        {%- do keys.append(before ~ key ~ after ~ ' as key_' ~ loop.index) -%}
    {%- endfor -%}
    {%- set queries.all = queries.all + [entity_kit._query(
        [entity_kit._select('select', keys), 'from ' ~ each['from']]
        + (['where ' ~ each['where']] if each['where'] is defined else [])
    )] -%}
{%- endfor -%}
{{ return(queries.all | join('\nunion all\n')) }}
{%- endmacro -%}
