{#-
    The CTEs of what arrived since the last run, `touched_ranges` the last of them: by events the periods that a row
    counts in, by history (`by_history`) all from a period on.
-#}
{%- macro _grain_touched(spec) -%}
{%- set columns = (spec.business_key + spec.row_key) | unique(case_sensitive=true) | list
    + ['entity_kit_occurred_at', 'entity_kit_period', spec.loaded_at ~ ' as entity_kit_loaded_at'] -%}
{%- set selects = namespace(all=[]) -%}
{%- for condition in spec.arrived.event -%}
    {%- set selects.all = selects.all + [entity_kit._query([
        entity_kit._select('select', columns), 'from events_with_period',
        'where ' ~ condition ~ entity_kit._force_materialize('    and')
    ])] -%}
{%- endfor -%}
arrived_events as {{ entity_kit._materialized() }}(
    {{ selects.all | join('\nunion all\n') | indent(4) }}
),

touched_ranges as (
    {{ entity_kit._select('select distinct', [
        spec.key_list,
        'false as by_history',
        'entity_kit_period as touched_from',
        entity_kit._plus_periods(spec.grain, spec.widest - 1, 'entity_kit_period') ~ ' as touched_to'
    ]) | indent(4) }}
    from {{ 'events_with_period' if spec.row_key else 'arrived_events' }}
    where entity_kit_period is not null
    {%- if spec.row_key %} and {{ entity_kit._matches_any(
            entity_kit._prefixed('events_with_period', spec.row_key), [{'keys': spec.row_key, 'from': 'arrived_events'}]
        ) | indent(4) }}
    {%- endif %}
    {%- if spec.has_history %}
    union all
    {{ entity_kit._grain_touched_by_history(spec) | indent(4) }}
    {%- endif %}
)
{%- endmacro -%}
