{#-
    The selects of the first and last period in which rows of events count, as a list. A full refresh and
    a backfill ask the events. In another incremental run the table knows the first. The last is past the reach, where `recent_events` has it, or it matters
    only for entities that ended. If a trailing window hides it from the table, it is taken from the spine, or, where the
    history changed, from the events of the last window that has some.
-#}
{%- macro _grain_event_ranges(spec) -%}
{#- With a history, its select comes first, and names and types the columns. -#}
{%- set names = ['', ''] if spec.has_history else [' as first_period', ' as last_period'] -%}
{%- set no_period = 'null' if spec.has_history else spec.no_period -%}
{%- set no_deletion = ['null'] if spec.has_history else [] -%}
{%- if not spec.knows_spine -%}
{{ return([entity_kit._query([
    entity_kit._select('select', [
        spec.key_list, 'min(entity_kit_period)' ~ names[0], 'max(entity_kit_period)' ~ names[1]
    ] + no_deletion),
    'from events_with_period',
    'where entity_kit_period is not null',
    'group by ' ~ spec.key_list
])]) }}
{%- endif -%}
{%- set parts = [
    [['touched_from' ~ names[0], 'touched_from' ~ names[1]], ['from touched_ranges', 'where not by_history']],
    [['entity_kit_period', 'entity_kit_period'], ['from recent_events']],
    [['first_recorded', 'last_recorded' if spec.widest == 1 else no_period], ['from built_ranges']],
] + ([
    [['last_period', 'last_period'], ['from ended_ranges', 'where not by_history']]
] if spec.has_history and spec.widest > 1 else []) -%}
{%- set found = namespace(all=[]) -%}
{%- for periods, clauses in parts -%}
    {%- set found.all = found.all + [entity_kit._query(
        [entity_kit._select('select', [spec.key_list] + periods + no_deletion)] + clauses
    )] -%}
{%- endfor -%}
{%- if spec.has_history and spec.widest > 1 -%}
    {%- set counts_from = entity_kit._plus_periods(spec.grain, 1 - spec.widest, 'ended.last_recorded') -%}
    {%- set found.all = found.all + [entity_kit._query([
        entity_kit._select('select', entity_kit._prefixed('ended', spec.business_key) + [
            'entity_kit_period', 'entity_kit_period'
        ] + no_deletion),
        'from ended_ranges as ended',
        entity_kit._join('inner join events_with_period as event', [
            entity_kit._same_key('ended', 'event', spec.business_key),
            'event.entity_kit_period >= ' ~ counts_from
        ] + entity_kit._near_period(spec, counts_from, 'ended.last_recorded')),
        'where ended.by_history'
    ])] -%}
{%- endif -%}
{{ return(found.all) }}
{%- endmacro -%}
