{#-
    The CTE of a cumulative source's leaves per period, from those at each point of the time spine in it: of those in which rows
    count, the first value, the last, or the average, as the metric's `period_agg` says.
-#}
{%- macro _metric_of_points(spec, source) -%}
{%- set points = source.id ~ '_points' -%}
{%- set keys = ['entity_kit_period'] + spec.columns | map(attribute='carried') | list -%}
{%- set found = namespace(edges=[], selects=[]) -%}
{%- for leaf in spec.leaves if leaf.source == source.id -%}
    {%- set number = spec.leaves.index(leaf) + 1 -%}
    {%- set counts = 'case when entity_kit_rows_' ~ number ~ ' > 0' -%}
    {%- set value = 'entity_kit_value_' ~ number -%}
    {%- set filled = value if leaf.point_fill is none else 'coalesce(' ~ value ~ ', ' ~ leaf.point_fill ~ ')' -%}
    {%- if leaf.point_agg == 'average' -%}
        {%- set taken = 'avg(' ~ counts ~ ' then ' ~ filled ~ ' end)' -%}
    {%- else -%}
        {%- set edge = 'entity_kit_edge_' ~ number -%}
        {%- set found.edges = found.edges + [
            {'first': 'min', 'last': 'max'}[leaf.point_agg] ~ '(' ~ counts ~ ' then entity_kit_shown end) over (partition by '
            ~ keys | join(', ') ~ ') as ' ~ edge
        ] -%}
        {%- set taken = 'max(case when entity_kit_shown = ' ~ edge ~ ' then ' ~ filled ~ ' end)' -%}
    {%- endif -%}
    {%- set found.selects = found.selects + [
        taken ~ ' as ' ~ value, 'sum(entity_kit_rows_' ~ number ~ ') as entity_kit_rows_' ~ number
    ] -%}
{%- endfor -%}
{{ source.id }}_measures as (
    select
        {{ (keys + found.selects) | join(',\n') | indent(8) }}
    from (
        select
            {{ ([points ~ '.*'] + found.edges) | join(',\n') | indent(12) }}
        from {{ points }}
    ) as entity_kit_points
    group by {{ keys | join(', ') }}
)
{%- endmacro -%}
