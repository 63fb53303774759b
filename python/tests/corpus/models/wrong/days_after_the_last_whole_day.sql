{{ config(incremental_strategy='append') }}

select reading_id, degrees, loaded_at
from {{ source('raw', 'readings') }}
{% if is_incremental() %}
where loaded_at >= (select coalesce(max(cast(loaded_at as date)) + interval 1 day, '-infinity') from {{ this }})
{% endif %}
