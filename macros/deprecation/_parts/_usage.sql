{#-
    `deprecated_model_usage` over an engine's own history. `reads` selects `relation_key` (database, schema, and name
    in uppercase, separated by dots), `user_name`, `read_at`, and, if a row is several reads, their number, `calls`. It
    may join `deprecated`, which has the keys and, with `patterns`, what finds them in a query's text.
-#}
{%- macro _usage(reads, history, patterns=false, calls=none) -%}
{%- set columns = {
    'relation_key': 'text', 'model_name': 'text', 'unique_id': 'text', 'relation': 'text', 'replacement': 'text',
    'sunset_date': 'date', 'pattern': 'text'
} -%}
{%- set rows = [] -%}
{%- if execute -%}
    {%- for node in graph['nodes'].values() -%}
        {#- Written out, because a call for each node of the graph would be most of the work. -#}
        {%- if 'entity_kit_deprecation' in (node['config']['meta'] or {})
            and node['config']['materialized'] != 'ephemeral' -%}
            {%- set deprecation = entity_kit._deprecation_of(node) -%}
            {%- set names = [node['database'], node['schema'], node['alias']] | select | list -%}
            {%- do rows.append([
                names | join('.') | upper, entity_kit._display_name(node), node['unique_id'], names | join('.'),
                deprecation['replacement'], deprecation['sunset_date'],
                entity_kit._usage_pattern(node) if patterns else none
            ]) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endif -%}
{%- set sql -%}
with deprecated as (
    {{ entity_kit._rows(columns, rows) }}
),

reads as (
    {{ reads | indent(4) }}
)

select
    deprecated.model_name,
    deprecated.unique_id,
    deprecated.relation,
    deprecated.replacement,
    deprecated.sunset_date,
    reads.user_name,
    cast(reads.read_at as date) as used_on,
    {{ 'cast(sum(reads.' ~ calls ~ ') as ' ~ dbt.type_bigint() ~ ')' if calls else 'count(*)' }} as reads,
    min(reads.read_at) as first_read_at,
    max(reads.read_at) as last_read_at,
    {{ entity_kit._text_literal(history) }} as history
from reads
inner join deprecated
    on reads.relation_key = deprecated.relation_key
group by 1, 2, 3, 4, 5, 6, 7
{%- endset -%}
{{ return(sql) }}
{%- endmacro -%}
