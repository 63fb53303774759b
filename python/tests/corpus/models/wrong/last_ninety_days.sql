{{ config(unique_key='reading_id') }}

select reading_id, degrees, loaded_at
from {{ source('raw', 'readings') }}
where
    loaded_at >= current_date - interval 90 day
    {% if is_incremental() %}
    and loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
    {% endif %}
