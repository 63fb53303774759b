{#-
    The CTEs of the events that the run reads, `event_versions` the last of them: those of the periods to build and of the
    widest window before them, with all versions of each row, of which the last has 1 as `entity_kit_from_last`.
-#}
{%- macro _grain_versions(spec) -%}
{%- set narrowed_by_key = spec.narrowed and spec.row_key | length > 0 -%}
{%- set reads_window = spec.narrowed and spec.widest > 1 -%}
{%- set row_keys = spec.row_key | join(', ') -%}
{%- set from_last = [] -%}
{%- if spec.row_key -%}
    {%- set row_order = entity_kit._row_order(
        'events_with_period', spec.events, spec.event_columns, spec.name, 'events', 'event_columns', is_alone=true
    ) -%}
    {%- set from_last = ([
        spec.updated_at ~ ' desc nulls last' if spec.updated_at is not none else '',
        spec.loaded_at ~ ' desc nulls last'
    ] + row_order.split(',\n')) | select | unique(case_sensitive=true) | list -%}
{%- endif -%}
{%- if spec.widths -%}
build_ranges as (
    {{ entity_kit._query([
        entity_kit._select('select', [
            spec.key_list, 'min(entity_kit_period) as first_unit', 'max(entity_kit_period) as last_unit'
        ]),
        'from periods_to_build',
        'group by ' ~ spec.key_list
    ]) | indent(4) }}
),

{% endif -%}
{%- if reads_window -%}
periods_to_read as (
    {{ entity_kit._each_period(
        spec.grain, 'periods_to_build', spec.business_key, 'entity_kit_read',
        'entity_kit_period', near=[1 - spec.widest, 0], distinct=true
    ) | indent(4) }}
),

{% endif -%}
{%- if narrowed_by_key -%}
row_keys_to_read as {{ entity_kit._materialized() }}(
    {{ entity_kit._grain_events_to_read(
        spec, entity_kit._prefixed('event', spec.row_key), 'union'
    ) | indent(4) }}
),

{% endif -%}
event_versions as (
    select events_with_period.*,
    {%- if spec.row_key %}
        max({{ spec.loaded_at }}) over (partition by {{ row_keys }}) as entity_kit_loaded_at,
        row_number() {{ entity_kit._over(row_keys, from_last) | indent(8) }} as entity_kit_from_last
    {%- else %}
        {{ spec.loaded_at }} as entity_kit_loaded_at,
        1 as entity_kit_from_last
    {%- endif %}
    {%- if spec.narrowed and not spec.row_key %}
    from (
        {{ entity_kit._grain_events_to_read(spec, ['event.*']) | indent(8) }}
    ) as events_with_period
    {%- else %}
    from events_with_period
    {%- endif %}
    {%- if narrowed_by_key %}
    where {{ entity_kit._matches_any(
        entity_kit._prefixed('events_with_period', spec.row_key),
        [{'keys': spec.row_key, 'from': 'row_keys_to_read'}]
    ) | indent(4) }}
    {%- endif %}
)
{%- endmacro -%}
