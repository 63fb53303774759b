{#-
    The CTE of all leaves side by side, per period and dimensions. Sources are stacked and grouped, which puts equal
    dimensions on one row also where they are NULL.
-#}
{%- macro _metric_combined(spec) -%}
{%- set keys = ['entity_kit_period'] + spec.columns | map(attribute='column') | list -%}
{%- set columns = namespace(grouped=[], selects=[]) -%}
{%- for leaf in spec.leaves -%}
    {%- set number = spec.leaves.index(leaf) + 1 -%}
    {%- set columns.grouped = columns.grouped + [
        'max(entity_kit_value_' ~ number ~ ') as entity_kit_value_' ~ number,
        'max(entity_kit_rows_' ~ number ~ ') as entity_kit_rows_' ~ number
    ] -%}
{%- endfor -%}
{%- for source in spec.sources -%}
    {%- set cells = namespace(all=keys) -%}
    {%- for leaf in spec.leaves -%}
        {%- set number = spec.leaves.index(leaf) + 1 -%}
        {%- set given = '' if leaf.source == source.id else 'null as ' -%}
        {%- set cells.all = cells.all + [
            given ~ 'entity_kit_value_' ~ number, given ~ 'entity_kit_rows_' ~ number
        ] -%}
    {%- endfor -%}
    {%- set columns.selects = columns.selects + [
        entity_kit._select('select', cells.all) ~ '\nfrom ' ~ source.id ~ '_measures'
    ] -%}
{%- endfor -%}
entity_kit_combined as (
    {%- if spec.sources | length == 1 %}
    select *
    from {{ spec.sources[0].id }}_measures
    {%- else %}
    select
        {{ (keys + columns.grouped) | join(',\n') | indent(8) }}
    from (
        {{ columns.selects | join('\nunion all\n') | indent(8) }}
    ) as entity_kit_stacked
    group by {{ keys | join(', ') }}
    {%- endif %}
)
{%- endmacro -%}
