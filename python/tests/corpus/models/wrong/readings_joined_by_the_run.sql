{{ config(unique_key='reading_id') }}

select r.reading_id, r.degrees, r.loaded_at
from {{ source('raw', 'readings') }} as r
{% if is_incremental() %}
left join {{ source('raw', 'charges') }} as c on c.account_id = r.sensor_id
where r.loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
{% endif %}
