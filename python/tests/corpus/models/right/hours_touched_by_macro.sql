{{ config(unique_key='hour') }}

select date_trunc('hour', occurred_at) as hour, count(*) as events, sum(seconds) as seconds, max(loaded_at) as loaded_at
from {{ source('raw', 'events') }}
where {{ entity_kit.touched_filter(
    "date_trunc('hour', occurred_at)", {'relation': source('raw', 'events'), 'loaded_at': 'loaded_at'}
) }}
group by 1
