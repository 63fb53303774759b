{%- macro deprecated_alias(replacement, columns={}, others='keep') -%}
{{ return(adapter.dispatch('deprecated_alias', 'entity_kit')(replacement, columns, others)) }}
{%- endmacro -%}

{%- macro default__deprecated_alias(replacement, columns, others) -%}
{%- set name = 'deprecated_alias' -%}
{%- do entity_kit._string(name, 'replacement', replacement, 'the name of a model', 'dim_customers') -%}
{%- do entity_kit._one_of(name, 'others', others, ['keep', 'drop']) -%}
{%- set specs = entity_kit._alias_columns(name, columns) -%}
{%- do entity_kit._require(
    others == 'keep' or specs | length > 0, name, 'columns', 'a mapping with at least one column if others is drop',
    columns, 'Name the old columns, or leave `others` out.'
) -%}
{%- do config(materialized='view', meta={'entity_kit_alias': {
    'replacement': replacement, 'columns': columns, 'others': others
}}) -%}
{#- As `_display_name` writes it: dim_customers, or dim_customers.v1. -#}
{%- set parts = replacement.split('.v') -%}
{%- set new = ref(parts[0], version=parts[1]) if parts | length == 2 else ref(replacement) -%}
{%- set renamed = namespace(names=[]) -%}
{%- set lines = namespace(all=[]) -%}
{%- for old in specs -%}
    {%- set spec = specs[old] -%}
    {%- if 'column' in spec -%}
        {%- set renamed.names = renamed.names + [spec['column'] | lower] -%}
        {%- set expression = entity_kit._column(spec['column']) -%}
    {%- elif 'expression' in spec -%}
        {%- set expression = spec['expression'] -%}
    {%- else -%}
        {%- set expression = entity_kit._text_literal(spec['default']) if spec['default'] is string
            else entity_kit._literal(spec['default']) -%}
    {%- endif -%}
    {%- if 'data_type' in spec -%}
        {%- set expression = 'cast(' ~ expression ~ ' as ' ~ spec['data_type'] ~ ')' -%}
    {%- endif -%}
    {%- set column = entity_kit._column(old) -%}
    {%- set lines.all = lines.all + [column if expression == column else expression ~ ' as ' ~ column] -%}
{%- endfor -%}
{%- if others == 'keep' and specs and execute -%}
    {%- set known = adapter.get_columns_in_relation(new) -%}
    {%- if not known and flags.WHICH in ['run', 'build', 'retry'] -%}
        {{ entity_kit._fail(
            name, 'replacement', 'a relation that is built, so that its other columns are known', replacement,
            'Build it first, or name every column and pass others=\'drop\'.'
        ) }}
    {%- endif -%}
    {%- set names = known | map(attribute='name') | list -%}
    {%- for old in specs -%}
        {%- if 'column' in specs[old] and known -%}
            {%- do entity_kit._require(
                specs[old]['column'] | lower in names | map('lower') | list, name, 'columns.' ~ old,
                'a column of ' ~ replacement, specs[old]['column'],
                'Its columns are ' ~ names | join(', ') ~ '.'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set taken = specs | list | map('lower') | list + renamed.names -%}
    {%- for column in names -%}
        {%- if column | lower not in taken -%}
            {%- set lines.all = lines.all + [entity_kit._column(column)] -%}
        {%- endif -%}
    {%- endfor -%}
{%- endif -%}
select
    {{ lines.all | join(',\n    ') if lines.all else '*' }}
from {{ new }}
{%- endmacro -%}
