{{ config(unique_key='occurred_on') }}

select cast(occurred_at as date) as occurred_on, count(*) as events, sum(seconds) as seconds, max(loaded_at) as loaded_at
from {{ source('raw', 'events') }}
where {{ entity_kit.touched_filter(
    'cast(occurred_at as date)', {'relation': source('raw', 'events'), 'loaded_at': 'loaded_at'}
) }}
group by 1
