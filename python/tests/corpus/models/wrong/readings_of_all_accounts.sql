{{ config(incremental_strategy='append') }}

select r.reading_id, r.degrees, r.loaded_at
from {{ source('raw', 'readings') }} as r
{% if is_incremental() %}
join {{ source('raw', 'charges') }} as c on c.account_id >= r.sensor_id
where r.loaded_at > (select max(loaded_at) from {{ this }})
{% endif %}
