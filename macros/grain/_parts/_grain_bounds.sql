{#-
    `occurred_from` and `occurred_to` as SQL: conditions on an `event`; the `where` clause of a
    `version`; the `first` and `last` period; and `starts`, where a version begins, or NULL if it is too late to extend a
    spine.
-#}
{%- macro _grain_bounds(grain, zone, occurred_from, occurred_to) -%}
{%- set bounds = namespace(event=[], version=[], first=none, last=none, starts='entity_kit_starts') -%}
{%- if occurred_from is not none -%}
    {%- set bound = entity_kit._utc_instant(occurred_from) -%}
    {%- set bounds.event = bounds.event + ['entity_kit_occurred_at >= ' ~ bound] -%}
    {%- set bounds.version = bounds.version + ['entity_kit_from >= ' ~ bound] -%}
    {%- set bounds.first = entity_kit._period_of(grain, bound, zone) -%}
{%- endif -%}
{%- if occurred_to is not none -%}
    {%- set bound = entity_kit._utc_instant(occurred_to) -%}
    {%- set bounds.event = bounds.event + ['entity_kit_occurred_at < ' ~ bound] -%}
    {%- set bounds.version = bounds.version + ['entity_kit_from < ' ~ bound] -%}
    {%- set bounds.last = entity_kit._period_of(grain, entity_kit._dateadd('microsecond', -1, bound), zone) -%}
    {%- set bounds.starts = 'case when entity_kit_from < ' ~ bound ~ ' then entity_kit_starts end' -%}
{%- endif -%}
{{ return({
    'event': bounds.event,
    'version': '\nwhere ' ~ entity_kit._wrapped(bounds.version, 106, ' and ', '\n    and ') if bounds.version else '',
    'first': bounds.first,
    'last': bounds.last,
    'starts': bounds.starts,
}) }}
{%- endmacro -%}
