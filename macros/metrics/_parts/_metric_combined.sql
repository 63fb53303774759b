{#-
    The CTEs of all leaves side by side, per period and dimensions. Of several sources, the keys come from all of them, and
    each source's leaves are joined to these, NULL to NULL. So are the periods that `join_to_timespine` adds.
-#}
{%- macro _metric_combined(spec) -%}
{%- set dimensions = spec.columns | map(attribute='carried') | list -%}
{%- set keys = ['entity_kit_period'] + dimensions -%}
{%- set parts = namespace(selects=[], joins=[], columns=entity_kit._prefixed('entity_kit_keys', keys)) -%}
{%- for source in spec.sources -%}
    {%- set measures = source.id ~ '_measures' -%}
    {%- set same = namespace(all=[measures ~ '.entity_kit_period = entity_kit_keys.entity_kit_period']) -%}
    {%- for column in dimensions -%}
        {%- set same.all = same.all + [
            entity_kit._null_safe_equal(measures ~ '.' ~ column, 'entity_kit_keys.' ~ column)
        ] -%}
    {%- endfor -%}
    {%- set parts.selects = parts.selects + ['select ' ~ keys | join(', ') ~ '\nfrom ' ~ measures] -%}
    {%- set parts.joins = parts.joins + [entity_kit._join('left join ' ~ measures, same.all)] -%}
{%- endfor -%}
{%- for leaf in spec.leaves -%}
    {%- set number = loop.index -%}
    {%- set counted = 'entity_kit_rows_' ~ number -%}
    {%- if leaf.is_spined -%}
        {%- set spined = 'entity_kit_spined_' ~ number -%}
        {%- set parts.selects = parts.selects + [
            'select ' ~ (['entity_kit_period'] + ['null'] * dimensions | length) | join(', ') ~ '\nfrom ' ~ spined
        ] -%}
        {%- set same = namespace(all=[spined ~ '.entity_kit_period = entity_kit_keys.entity_kit_period']) -%}
        {%- for column in dimensions -%}
            {%- set same.all = same.all + ['entity_kit_keys.' ~ column ~ ' is null'] -%}
        {%- endfor -%}
        {%- set parts.joins = parts.joins + [entity_kit._join('left join ' ~ spined, same.all)] -%}
        {%- set counted = 'coalesce(nullif(' ~ counted ~ ', 0), ' ~ spined ~ '.entity_kit_rows) as ' ~ counted -%}
    {%- endif -%}
    {%- set parts.columns = parts.columns + ['entity_kit_value_' ~ number, counted] -%}
{%- endfor -%}
{%- if spec.sources | length == 1 and spec.spine_periods is none -%}
entity_kit_combined as (
    select *
    from {{ spec.sources[0].id }}_measures
)
{%- else -%}
entity_kit_keys as (
    {{ parts.selects | join('\nunion\n') | indent(4) }}
),

entity_kit_combined as (
    select
        {{ parts.columns | join(',\n') | indent(8) }}
    from entity_kit_keys
    {%- for join in parts.joins %}
    {{ join | indent(4) }}
    {%- endfor %}
)
{%- endif -%}
{%- endmacro -%}
