{#-
    The CTE of the periods to recompute: those of rows that arrived since the last run, by themselves or where they are
    joined, and those whose number of rows isn't the one that the table recorded. A row that was deleted, or moved to
    another period, leaves no other trace. A backfill adds all periods of its range.
-#}
{%- macro _metric_touched(spec) -%}
{%- set selects = namespace(all=[]) -%}
{%- for source in spec.sources -%}
    {%- set rows = source.id ~ '_rows' -%}
    {%- for condition in entity_kit._metric_arrived(spec, source) -%}
        {%- set selects.all = selects.all + [
            'select ' ~ rows ~ '.entity_kit_period\nfrom ' ~ rows ~ '\nwhere ' ~ rows
            ~ '.entity_kit_period is not null\n    and ' ~ condition | indent(4)
        ] -%}
    {%- endfor -%}
    {%- set counts = namespace(built=[], differ=[]) -%}
    {%- for audit in entity_kit._metric_audits(source) if audit.counts -%}
        {%- set counts.built = counts.built + ['max(' ~ audit.name ~ ') as ' ~ audit.name] -%}
        {%- set counts.differ = counts.differ + [
            'coalesce(counted.' ~ audit.name ~ ', 0) <> coalesce(built.' ~ audit.name ~ ', 0)'
        ] -%}
    {%- endfor -%}
    {%- set selects.all = selects.all + [
        'select coalesce(counted.entity_kit_period, built.period_start)\nfrom ' ~ source.id ~ '_periods as counted\nfull join (\n'
        ~ '    ' ~ entity_kit._select('select', ['period_start'] + counts.built) | indent(4) ~ '\n    from ' ~ this
        ~ '\n    group by period_start\n) as built'
        ~ '\n    on built.period_start = counted.entity_kit_period\nwhere ' ~ counts.differ | join('\n    or ')
    ] -%}
{%- endfor -%}
{%- if spec.spine_periods is not none -%}
    {%- set selects.all = selects.all + [
        'select coalesce(shown.entity_kit_period, built.period_start)\nfrom entity_kit_spine_periods as shown\nfull join (\n'
        ~ '    select period_start, max(time_spine_rows) as time_spine_rows\n    from ' ~ this
        ~ '\n    group by period_start\n) as built\n    on built.period_start = shown.entity_kit_period\n'
        ~ 'where (shown.entity_kit_period is null and built.time_spine_rows > 0)\n'
        ~ '    or (shown.entity_kit_period is not null and coalesce(built.time_spine_rows, 0) = 0)'
    ] -%}
{%- endif -%}
{%- if spec.backfill is not none -%}
    {%- set in_range = ' >= ' ~ spec.backfill.first ~ '\n    and known.entity_kit_period <= ' ~ spec.backfill.last -%}
    {%- set known = ['(select period_start as entity_kit_period from ' ~ this ~ ')'] -%}
    {%- for source in spec.sources -%}
        {%- do known.append(source.id ~ '_periods') -%}
    {%- endfor -%}
    {%- if spec.spine_periods is not none -%}
        {%- do known.append('entity_kit_spine_periods') -%}
    {%- endif -%}
    {%- for periods in known -%}
        {%- set selects.all = selects.all + [
            'select known.entity_kit_period\nfrom ' ~ periods ~ ' as known\nwhere known.entity_kit_period' ~ in_range
        ] -%}
    {%- endfor -%}
{%- endif -%}
entity_kit_touched as {{ entity_kit._materialized() }}(
    select distinct entity_kit_period
    from (
        {{ selects.all | join('\nunion all\n') | indent(8) }}
    ) as entity_kit_found
)
{%- endmacro -%}
