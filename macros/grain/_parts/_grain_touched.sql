{#-
    The CTEs of what arrived since the last run, `touched_ranges` the last of them: by events the periods that a row
    counts in, by history (`by_history`) all from a period on.
-#}
{%- macro _grain_touched(spec) -%}
{%- set arrivals = spec.arrived.event if not spec.row_key else [entity_kit._matches_any(
    entity_kit._prefixed('events_with_period', spec.row_key),
    [{'keys': spec.row_key, 'from': 'arrived_row_keys'}]
)] -%}
{%- set selects = namespace(all=[]) -%}
{%- for condition in arrivals -%}
    {%- set select -%}
    select distinct
        {{ spec.key_list }},
        entity_kit_period as touched_from,
        {{ entity_kit._plus_periods(spec.grain, spec.widest - 1, 'entity_kit_period') }} as touched_to,
        false as by_history
    from events_with_period
    where entity_kit_period is not null
        and {{ condition | indent(8) }}
    {%- endset -%}
    {%- set selects.all = selects.all + [select] -%}
{%- endfor -%}
{%- if spec.has_history -%}
    {%- set selects.all = selects.all + [entity_kit._grain_touched_by_history(spec) | indent(4)] -%}
{%- endif -%}
{%- if spec.row_key -%}
arrived_row_keys as {{ entity_kit._materialized() }}(
    {%- for condition in spec.arrived.event %}
    select {{ spec.row_key | join(', ') }}
    from events_with_period
    where {{ condition | indent(8) }}
    {{- '\n    union all' if not loop.last }}
    {%- endfor %}
),

{% endif -%}
touched_ranges as (
    {{ selects.all | join('\n    union all\n    ') }}
)
{%- endmacro -%}
