{%- macro one_big_table(fact, dimensions, model_config={}) -%}
{{ return(adapter.dispatch('one_big_table', 'entity_kit')(fact, dimensions, model_config)) }}
{%- endmacro -%}

{#- A table, not incremental, because a change in any dimension may affect any row of the fact. -#}
{%- macro default__one_big_table(fact, dimensions, model_config) -%}
{%- set name = 'one_big_table' -%}
{%- set relation = entity_kit._relation(fact, name, 'fact') -%}
{%- do entity_kit._require(
    dimensions is sequence and dimensions is not string and dimensions is not mapping and dimensions | length > 0,
    name, 'dimensions', 'a list of mappings', dimensions,
    'Write [{\'relation\': ref(\'customers\'), \'on\': \'customer_id\', \'columns\': [\'city\']}].'
) -%}
{%- do config(materialized='table') -%}
{%- do config(model_config) -%}
{%- set found = namespace(joins=[], columns=[]) -%}
{%- for dimension in dimensions -%}
    {%- set argument = 'dimensions[' ~ loop.index0 ~ ']' -%}
    {%- set alias = 'dimension_' ~ loop.index -%}
    {%- do entity_kit._mapping(
        name, argument, dimension, ['relation', 'on', 'columns'], ['prefix', 'as_of', 'is_history']
    ) -%}
    {%- set on = dimension['on'] -%}
    {%- set facts_own = entity_kit._column_names(name, argument ~ '.on', on.keys() | list if on is mapping else on) -%}
    {%- set dimensions_own = entity_kit._column_names(
        name, argument ~ '.on', on.values() | list if on is mapping else on
    ) -%}
    {%- set source = entity_kit._relation(dimension['relation'], name, argument ~ '.relation') -%}
    {%- set picked = namespace(columns=[]) -%}
    {%- set columns = entity_kit._list(name, argument ~ '.columns', dimension['columns']) -%}
    {%- for column in columns -%}
        {%- set picked.columns = picked.columns + [entity_kit._column(column)] -%}
    {%- endfor -%}
    {%- set conditions = namespace(all=[entity_kit._same_key('fact', alias, facts_own)]) -%}
    {%- set as_of = dimension['as_of'] if 'as_of' in dimension else none -%}
    {%- if as_of is not none -%}
        {%- set happened = entity_kit._utc(entity_kit._qualified('fact', entity_kit._string(name, argument ~ '.as_of', as_of))) -%}
        {%- set rows = entity_kit._scd2_disjoint(
            source, dimensions_own, facts_own, picked.columns, entity_kit._utc('valid_from'), entity_kit._utc('valid_to'),
            'not is_deleted', name, argument ~ '.relation'
        ) -%}
        {%- set conditions.all = conditions.all + [
            alias ~ '.entity_kit_from <= ' ~ happened,
            entity_kit._ends_after(alias ~ '.entity_kit_to', happened)
        ] -%}
    {%- else -%}
        {%- set rows = entity_kit._one_per_key(
            source, dimensions_own, facts_own, picked.columns, 'is_history' in dimension and dimension['is_history'],
            name, argument ~ '.relation'
        ) -%}
    {%- endif -%}
    {%- set found.joins = found.joins + [
        'left join (\n' ~ rows ~ '\n) as ' ~ alias ~ '\n    on ' ~ conditions.all | join('\nand ') | indent(8)
    ] -%}
    {%- set prefix = dimension['prefix'] if 'prefix' in dimension else '' -%}
    {%- for column in columns -%}
        {%- set shown = prefix ~ column -%}
        {%- do entity_kit._require(
            shown | lower not in found.columns | map(attribute='name') | list, name, argument ~ '.columns',
            'columns whose names no other dimension has', shown, 'Give the dimension a prefix, such as {\'prefix\': \'customer_\'}.'
        ) -%}
        {%- set found.columns = found.columns + [{
            'name': shown | lower, 'sql': alias ~ '.entity_kit_' ~ loop.index ~ ' as ' ~ entity_kit._column(shown)
        }] -%}
    {%- endfor -%}
{%- endfor -%}
select
    fact.*,
    {{ found.columns | map(attribute='sql') | join(',\n    ') }}
from {{ relation }} as fact
{{ found.joins | join('\n') }}
{%- endmacro -%}
