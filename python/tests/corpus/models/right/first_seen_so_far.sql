{{ config(unique_key='user_id') }}

with arrived as (

    select user_id, min(occurred_at) as first_seen, max(loaded_at) as loaded_at
    from {{ source('raw', 'events') }}
    where user_id is not null
    {% if is_incremental() %}
        and loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
    {% endif %}
    group by 1

)

select
    arrived.user_id,
    arrived.loaded_at,
    {% if is_incremental() %}least(arrived.first_seen, known.first_seen){% else %}arrived.first_seen{% endif %} as first_seen
from arrived
{% if is_incremental() %}
left join {{ this }} as known on known.user_id = arrived.user_id
{% endif %}
