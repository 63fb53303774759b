{#-
    With `within`: the CTEs of the sessions in the table of the touched users, and of where each user is read from again.
    That is the first change, or, if a session reaches up to it, the start of that session. If sessions share an instant, it is
    the start of one that begins after all others have ended, so that it parts the events by time alone.
-#}
{%- macro _sessions_restarts(spec) -%}
{%- set keys = spec.business_key -%}
{%- set silent_since = entity_kit._minus_interval(
    'touched.entity_kit_changed', spec.timeout, spec.name, 'timeout'
) -%}
{%- set touched_keys = entity_kit._prefixed('touched', keys) | join(', ') -%}
built_sessions as (
    select
        entity_kit_row.*,
        lag(entity_kit_ended) over (
            partition by {{ spec.key_list }} order by session_number
        ) as entity_kit_ended_before
    from (
        select
            {{ spec.key_list }},
            session_number,
            {{ entity_kit._utc_column('min(' ~ spec.begins ~ ')', 'entity_kit_started') | indent(12) }},
            {{ entity_kit._utc_column('max(' ~ spec.ends ~ ')', 'entity_kit_ended') | indent(12) }}
        from {{ this }}
        where session_number is not null
            and {{ entity_kit._is_touched(keys) | indent(12) }}
        group by {{ spec.key_list }}, session_number
    ) as entity_kit_row
),

restarts as (
    select
        {{ touched_keys }},
        touched.entity_kit_loaded_at,
        case
            when max(
                case when built_sessions.entity_kit_started < touched.entity_kit_changed then built_sessions.entity_kit_ended end
            ) >= {{ silent_since | indent(12) }}
                then max(
                    case
                        when built_sessions.entity_kit_started < touched.entity_kit_changed
                            and (
                                built_sessions.entity_kit_ended_before is null
                                or built_sessions.entity_kit_ended_before < built_sessions.entity_kit_started
                            )
                            then built_sessions.entity_kit_started
                    end
                )
            else touched.entity_kit_changed
        end as entity_kit_restart
    from touched
    left join built_sessions
        on {{ entity_kit._same_key('built_sessions', 'touched', keys) | indent(8) }}
    group by {{ touched_keys }}, touched.entity_kit_loaded_at, touched.entity_kit_changed
),

kept_sessions as {{ entity_kit._materialized() }}(
    select
        {{ entity_kit._prefixed('restarts', keys) | join(', ') }},
        restarts.entity_kit_loaded_at,
        restarts.entity_kit_restart,
        coalesce(max(built_sessions.session_number), 0) as entity_kit_kept
    from restarts
    left join built_sessions
        on {{ entity_kit._same_key('built_sessions', 'restarts', keys) | indent(8) }}
        and (built_sessions.entity_kit_started < restarts.entity_kit_restart or restarts.entity_kit_restart is null)
    group by {{ entity_kit._prefixed('restarts', keys) | join(', ') }}, restarts.entity_kit_loaded_at, restarts.entity_kit_restart
)
{%- endmacro -%}
