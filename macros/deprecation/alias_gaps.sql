{#- The body of the data test `alias_covers`. -#}
{%- macro alias_gaps(model, old_table=none, columns={}) -%}
{{ return(adapter.dispatch('alias_gaps', 'entity_kit')(model, old_table, columns)) }}
{%- endmacro -%}

{%- macro default__alias_gaps(model, old_table, columns) -%}
{%- set name = 'alias_covers' -%}
{%- do entity_kit._require(
    (old_table is none) != (not columns), name, 'columns', 'given, or old_table, but not both', columns,
    'Pass old_table while the old table exists, or else its columns with their types.'
) -%}
{%- do entity_kit._require(
    columns is mapping, name, 'columns', 'a mapping of each column to its type', columns,
    'Write {customer_id: integer, name: text}.'
) -%}
{%- set shape = {
    'column_name': 'text', 'expected_type': 'text', 'actual_type': 'text', 'failure_reason': 'text'
} -%}
{%- set gaps = namespace(rows=[]) -%}
{%- if execute -%}
    {%- if old_table is not none -%}
        {%- do entity_kit._require(
            entity_kit._is_relation(old_table), name, 'old_table', 'a relation', old_table,
            'Pass ref(\'…\') or source(\'…\', \'…\').'
        ) -%}
        {%- set expected = entity_kit._column_types('select * from ' ~ old_table) -%}
    {%- else -%}
        {%- set casts = namespace(all=[]) -%}
        {%- for column in columns -%}
            {%- set casts.all = casts.all + [
                'cast(null as ' ~ columns[column] ~ ') as ' ~ entity_kit._column(column)
            ] -%}
        {%- endfor -%}
        {%- set expected = entity_kit._column_types('select ' ~ casts.all | join(', ')) -%}
    {%- endif -%}
    {%- set actual = entity_kit._column_types('select * from ' ~ model) -%}
    {%- for column in expected -%}
        {%- if column not in actual -%}
            {%- set gaps.rows = gaps.rows + [[column, expected[column], none, 'the alias lacks this column']] -%}
        {%- elif actual[column] != expected[column] -%}
            {%- set gaps.rows = gaps.rows + [[
                column, expected[column], actual[column], 'the alias has another type for this column'
            ]] -%}
        {%- endif -%}
    {%- endfor -%}
{%- endif -%}
{{ return(entity_kit._rows(shape, gaps.rows)) }}
{%- endmacro -%}
