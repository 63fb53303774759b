{#-
    The CTE of the events that count, each with its instant in UTC. With `within`, only those since the user's restart:
    another version of an event that is read may be older, and lie in a session that stays.
-#}
{%- macro _sessions_timed(spec) -%}
{%- set instant = entity_kit._utc_column(spec.occurred_at, 'entity_kit_at') -%}
timed as (
{%- if spec.reads_recent %}
    select counted_events.*
    from (
        select
            entity_kit_row.*,
            {{ instant | indent(12) }}
        from stated as entity_kit_row
        where entity_kit_counts = 1
    ) as counted_events
    inner join kept_sessions
        on {{ entity_kit._same_key('kept_sessions', 'counted_events', spec.business_key) | indent(8) }}
    where counted_events.entity_kit_at >= kept_sessions.entity_kit_restart
{%- else %}
    select
        entity_kit_row.*,
        {{ instant | indent(8) }}
    from stated as entity_kit_row
    where entity_kit_counts = 1
{%- endif %}
)
{%- endmacro -%}
