{{ config(unique_key='series_id') }}

select reading_id // 12 as series_id, min(loaded_at) as started_at, count(*) as readings
from {{ source('raw', 'readings') }}
{% if is_incremental() %}
where loaded_at > (select max(started_at) + interval 8 hours from {{ this }})
{% endif %}
group by 1
