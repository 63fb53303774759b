{{ config(unique_key='event_id', incremental_strategy='merge', merge_exclude_columns=['page']) }}

select event_id, user_id, page, loaded_at
from {{ source('raw', 'events') }}
{% if is_incremental() %}
where loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
{% endif %}
