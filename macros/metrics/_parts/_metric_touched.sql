{#-
    The CTE of the periods to recompute: those of rows that arrived since the last run, and those whose number of rows isn't
    the one that the table recorded. A row that was deleted, or moved to another period, leaves no other trace.
-#}
{%- macro _metric_touched(spec) -%}
{%- set selects = namespace(all=[]) -%}
{%- for source in spec.sources -%}
    {%- set arrived = entity_kit._past_watermark(
        'entity_kit_loaded_at', source.id ~ '_loaded_at', this | string, spec.lookback_interval, spec.name, 'lookback_interval'
    ) -%}
    {%- set rows = source.id ~ '_rows' -%}
    {%- for condition in [arrived, 'entity_kit_loaded_at is null'] -%}
        {%- set selects.all = selects.all + [
            'select entity_kit_period\nfrom ' ~ rows ~ '\nwhere entity_kit_period is not null\n    and '
            ~ condition | indent(4)
        ] -%}
    {%- endfor -%}
    {%- set selects.all = selects.all + [
        'select coalesce(counted.entity_kit_period, built.period_start)\nfrom ' ~ source.id ~ '_periods as counted\nfull join (\n'
        ~ '    select period_start, max(' ~ rows ~ ') as ' ~ rows ~ '\n    from ' ~ this ~ '\n    group by period_start\n) as built'
        ~ '\n    on built.period_start = counted.entity_kit_period\nwhere coalesce(counted.' ~ rows ~ ', 0) <> coalesce(built.'
        ~ rows ~ ', 0)'
    ] -%}
{%- endfor -%}
entity_kit_touched as {{ entity_kit._materialized() }}(
    select distinct entity_kit_period
    from (
        {{ selects.all | join('\nunion all\n') | indent(8) }}
    ) as entity_kit_found
)
{%- endmacro -%}
