{#-
    The CTEs of the events in order, each with the number of its session among those built here and its position in it. A
    session begins where its user did nothing for longer than the timeout, or where `starts_when` is true.
-#}
{%- macro _sessions_numbered(spec) -%}
{%- set by_user = 'partition by ' ~ spec.key_list -%}
{%- set by_session = spec.key_list ~ ', entity_kit_session' -%}
{%- set silent_since = entity_kit._minus_interval('entity_kit_at', spec.timeout, spec.name, 'timeout') -%}
{%- set needs_last = 'last' in spec.attributes | map(attribute='place') | list -%}
ordered as (
    select
        entity_kit_row.*,
        lag(entity_kit_at) over ({{ by_user }} order by entity_kit_at) as entity_kit_before,
        row_number() over (
            {{ by_user }}
            order by entity_kit_at, {{ spec.content | indent(16) }}
        ) as entity_kit_place
    from timed as entity_kit_row
),

begun as (
    select
        entity_kit_row.*,
        case
            when entity_kit_before is null then 1
            when entity_kit_before < {{ silent_since | indent(16) }} then 1
        {%- if spec.starts_when is not none %}
            when {{ spec.starts_when }} then 1
        {%- endif %}
            else 0
        end as entity_kit_begins
    from ordered as entity_kit_row
),

counted as (
    select
        entity_kit_row.*,
        sum(entity_kit_begins) over (
            {{ by_user }} order by entity_kit_place
            rows between unbounded preceding and current row
        ) as entity_kit_session
    from begun as entity_kit_row
),

numbered as {{ entity_kit._materialized() }}(
    select
        entity_kit_row.*,
        {{ entity_kit._named(
            'row_number() ' ~ entity_kit._over(by_session, ['entity_kit_place']), 'entity_kit_position'
        ) | indent(8) }}
        {%- if needs_last %},
        {{ entity_kit._named(
            'row_number() ' ~ entity_kit._over(by_session, ['entity_kit_place desc']), 'entity_kit_from_last_event'
        ) | indent(8) }}
        {%- endif %}
    from counted as entity_kit_row
)
{%- endmacro -%}
