{{ config(unique_key='user_page') }}

select
    {{ entity_kit.generate_surrogate_key(['user_id', 'page']) }} as user_page,
    user_id,
    page,
    count(*) as views,
    max(loaded_at) as loaded_at
from {{ source('raw', 'events') }}
where {{ entity_kit.touched_filter(['user_id', 'page'], {'relation': source('raw', 'events'), 'loaded_at': 'loaded_at'}) }}
group by user_id, page
