{{ config(unique_key='reading_id') }}

select reading_id, date_diff('day', cast(loaded_at as date), current_date) as days_since, loaded_at
from {{ source('raw', 'readings') }}
{% if is_incremental() %}
where loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
{% endif %}
