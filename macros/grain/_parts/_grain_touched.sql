{#-
    The CTEs of what arrived since the last run, `touched_ranges` the last of them: by events the periods that a row
    counts in, by history (`by_history`) all from a period on.
-#}
{%- macro _grain_touched(spec) -%}
{%- set arrivals = spec.arrived.event if not spec.row_key else [entity_kit._matches_any(
    entity_kit._prefixed('events_with_period', spec.row_key),
    [{'keys': spec.row_key, 'from': 'arrived_row_keys', 'where': 'true'}]
)] -%}
{#-
    An overwritten attribute changes in every version, and only the last one's loaded time says so. Otherwise a late
    version changes what follows it, and may take rows away from the one before, or be there in place of it. The first
    such of an entity speaks for the others; NULL is from its beginning.
-#}
{%- set touched_from = spec.no_period if spec.history_loaded_by_entity
    else 'case when count(touched_from) = count(*) then min(touched_from) end' -%}
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
    {%- set select -%}
    select
        {{ spec.key_list }},
        {{ touched_from }} as touched_from,
        {{ spec.no_period }} as touched_to,
        true as by_history
    from (
        select
            history_versions.*,
            lag(entity_kit_starts) over (
                partition by {{ spec.key_list }}
                order by entity_kit_from
            ) as touched_from
        from history_versions
    ) as followed
    where {{ spec.arrived.version }}
    group by {{ spec.key_list }}
    {%- endset -%}
    {%- set selects.all = selects.all + [select] -%}
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
