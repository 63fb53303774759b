{#- The columns of a period's row, in the order of the table, as a list of SQL: what `periods_to_build` is joined with. -#}
{%- macro _grain_row_columns(spec) -%}
{%- set period = 'unit.entity_kit_period' -%}
{%- set found = namespace(all=entity_kit._prefixed('unit', spec.business_key) + [
    period ~ ' as period_start',
    entity_kit._plus_periods(spec.grain, 1, period) ~ ' as period_end'
]) -%}
{%- for measure in spec.measures + spec.trailing -%}
    {%- set cte = 'measures' if loop.index <= spec.measures | length else 'trailing_' ~ measure['periods'] -%}
    {%- set value = cte ~ '.' ~ measure['column'] -%}
    {%- set filled = entity_kit._case(
        cte ~ '.entity_kit_rows is null', entity_kit._literal(measure['fill']), value
    ) ~ ' as ' ~ measure['column'] -%}
    {%- set found.all = found.all + [value if measure['fill'] is none else filled] -%}
{%- endfor -%}
{#- A version that has ended by then is the last that the entity had: it is deleted, and has no attributes. -#}
{%- set has_ended = 'version.entity_kit_ends <= ' ~ period -%}
{%- for column in spec.attributes -%}
    {%- set found.all = found.all + [entity_kit._case(has_ended, 'null', 'version.' ~ column) ~ ' as ' ~ column] -%}
{%- endfor -%}
{%- set found.all = found.all + [
    ('coalesce(' ~ has_ended ~ ', false)' if spec.has_history else 'false') ~ ' as is_deleted',
    'loaded.loaded_at'
] -%}
{%- if spec.has_history -%}
    {%- set found.all = found.all + [
        ('last_version' if spec.history_loaded_by_entity else 'version') ~ '.entity_kit_loaded_at as history_loaded_at'
    ] -%}
{%- endif -%}
{{ return(found.all) }}
{%- endmacro -%}
