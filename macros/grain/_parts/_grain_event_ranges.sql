{#-
    The selects of the first and last period in which rows of events count, as a list. A full refresh asks the events. In
    an incremental run the table knows the first. The last is past the reach, where `recent_events` has it, or it matters
    only for entities that ended. If a trailing window hides it from the table, it is taken from the spine, or, where the
    history changed, from the events of the last window that has some.
-#}
{%- macro _grain_event_ranges(spec) -%}
{#- With a history, its select comes first and names the columns. -#}
{%- set no_deletion = [spec.no_period] if spec.has_history else [] -%}
{%- if not spec.narrowed -%}
{%- set columns = [
    spec.key_list, 'min(entity_kit_period) as first_period', 'max(entity_kit_period) as last_period'
] + no_deletion -%}
{{ return([
    entity_kit._select('select', columns) ~ '\nfrom events_with_period\nwhere entity_kit_period is not null'
    ~ '\ngroup by ' ~ spec.key_list
]) }}
{%- endif -%}
{%- set names = ['', ''] if spec.has_history else [' as first_period', ' as last_period'] -%}
{%- set built_last = 'last_recorded' if spec.widest == 1 else spec.no_period -%}
{%- set found = namespace(all=[
    entity_kit._select('select', [
        spec.key_list, 'touched_from' ~ names[0], 'touched_from' ~ names[1]
    ] + no_deletion) ~ '\nfrom touched_ranges\nwhere not by_history',
    'select ' ~ ([spec.key_list, 'entity_kit_period', 'entity_kit_period'] + no_deletion) | join(', ')
    ~ '\nfrom recent_events',
    'select ' ~ ([spec.key_list, 'first_recorded', built_last] + no_deletion) | join(', ') ~ '\nfrom built_ranges',
]) -%}
{%- if spec.has_history and spec.widest > 1 -%}
    {%- set counts_from = entity_kit._plus_periods(spec.grain, 1 - spec.widest, 'ended.last_recorded') -%}
    {%- set found.all = found.all + [
        'select ' ~ ([spec.key_list, 'last_period', 'last_period'] + no_deletion) | join(', ')
        ~ '\nfrom ended_ranges\nwhere not by_history',
        'select ' ~ (
            entity_kit._prefixed('ended', spec.business_key) + ['entity_kit_period', 'entity_kit_period'] + no_deletion
        ) | join(', ')
        ~ '\nfrom ended_ranges as ended\ninner join events_with_period\n    on '
        ~ entity_kit._same_key('ended', 'events_with_period', spec.business_key) | indent(8)
        ~ '\n        and events_with_period.entity_kit_period >= ' ~ counts_from
        ~ entity_kit._near_period(spec, counts_from, 'ended.last_recorded') | indent(8)
        ~ '\nwhere ended.by_history',
    ] -%}
{%- endif -%}
{{ return(found.all) }}
{%- endmacro -%}
