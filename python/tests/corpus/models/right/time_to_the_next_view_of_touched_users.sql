{{ config(unique_key='event_id') }}

select
    event_id,
    user_id,
    lead(occurred_at) over (partition by user_id order by occurred_at, event_id) - occurred_at as until_next,
    loaded_at
from {{ source('raw', 'events') }}
where {{ entity_kit.touched_filter(
    "coalesce(user_id, -1)", {'relation': source('raw', 'events'), 'loaded_at': 'loaded_at'}
) }}
