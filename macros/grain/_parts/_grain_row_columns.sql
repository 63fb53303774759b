{#- The columns of a period's row, in the order of the table, as a list of SQL: what `periods_to_build` is joined with. -#}
{%- macro _grain_row_columns(spec) -%}
{%- set period = 'periods_to_build.entity_kit_period' -%}
{%- set found = namespace(all=entity_kit._prefixed('periods_to_build', spec.business_key) + [
    period ~ ' as period_start',
    entity_kit._plus_periods(spec.grain, 1, period) ~ ' as period_end'
]) -%}
{%- for measure in spec.measures + spec.trailing -%}
    {%- set cte = 'period_measures' if loop.index <= spec.measures | length else 'trailing_' ~ measure['periods'] -%}
    {%- set value = cte ~ '.' ~ measure['column'] -%}
    {%- set filled = 'case\n    when ' ~ cte ~ '.entity_kit_rows is null then ' ~ entity_kit._literal(measure['fill'])
        ~ '\n    else ' ~ value ~ '\nend as ' ~ measure['column'] -%}
    {%- set found.all = found.all + [value if measure['fill'] is none else filled | indent(8)] -%}
{%- endfor -%}
{%- set ends = 'version_at_period_end.entity_kit_ends' -%}
{%- set is_live = 'not version_at_period_end.is_deleted\nand (' ~ ends ~ ' is null or ' ~ ends ~ ' > ' ~ period ~ ')' -%}
{%- for column in spec.attributes -%}
    {%- set found.all = found.all + [
        'case\n            when ' ~ is_live | indent(16) ~ '\n                then version_at_period_end.' ~ column
        ~ '\n        end as ' ~ column
    ] -%}
{%- endfor -%}
{%- set is_deleted = 'false' if not spec.has_history
    else 'version_at_period_end.entity_kit_starts is not null\nand not (' | indent(12) ~ is_live | indent(16) ~ ')' -%}
{%- set found.all = found.all + [
    is_deleted ~ ' as is_deleted',
    ('trailing_loaded_at' if spec.widest > 1 else 'loaded_at_by_period') ~ '.loaded_at'
] -%}
{%- if spec.has_history -%}
    {%- set found.all = found.all + [
        'entity_loaded.history_loaded_at' if spec.history_loaded_by_entity
        else 'version_at_period_end.entity_kit_loaded_at as history_loaded_at'
    ] -%}
{%- endif -%}
{{ return(found.all) }}
{%- endmacro -%}
