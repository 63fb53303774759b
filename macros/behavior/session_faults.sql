{#- The body of the data test `sessions_valid`. -#}
{%- macro session_faults(model, user_key, timeout=none) -%}
{{ return(adapter.dispatch('session_faults', 'entity_kit')(model, user_key, timeout)) }}
{%- endmacro -%}

{%- macro default__session_faults(model, user_key, timeout) -%}
{%- set name = 'sessions_valid' -%}
{%- set keys = entity_kit._column_names(name, 'user_key', user_key) -%}
{%- set by_user = 'partition by ' ~ keys | join(', ') -%}
{%- set silent_since = entity_kit._minus_interval('entity_kit_starts', timeout, name, 'timeout') -%}
with placed as (
    select
        session_row.*,
        {{ entity_kit._utc_column('started_at', 'entity_kit_starts') | indent(8) }},
        {{ entity_kit._utc_column('ended_at', 'entity_kit_ends') | indent(8) }}
    from {{ model }} as session_row
),

compared as (
    select
        placed.*,
        count(*) over ({{ by_user }}) as entity_kit_of_user,
        count(*) over (partition by session_id) as entity_kit_of_id,
        row_number() over ({{ by_user }} order by session_number) as entity_kit_place,
        lag(entity_kit_ends) over ({{ by_user }} order by session_number) as entity_kit_ended_before
    from placed
),

judged as (
    select
        compared.*,
        case
            when is_deleted and entity_kit_of_user > 1 then 'its user has other rows, but is flagged as without events'
            when is_deleted and (session_id is not null or events <> 0) then 'its user is flagged as without events, but it is a session'
            when is_deleted then null
            when session_id is null then 'it has no session_id'
            when entity_kit_of_id > 1 then 'its session_id occurs more than once'
            when entity_kit_place <> session_number or session_number is null
                then 'its session_number is not its place among the sessions of its user'
            when events < 1 then 'it has no events'
            when entity_kit_ends < entity_kit_starts then 'it ends before it starts'
            when entity_kit_starts < entity_kit_ended_before then 'it starts before the previous session has ended'
        {%- if timeout is not none %}
            when {{ silent_since | indent(12) }} <= entity_kit_ended_before
                then 'it starts within the timeout after the previous session'
        {%- endif %}
        end as failure_reason
    from compared
)

select *
from judged
where failure_reason is not null
{%- endmacro -%}
