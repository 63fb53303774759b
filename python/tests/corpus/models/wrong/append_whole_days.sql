{{ config(incremental_strategy='append') }}

select cast(loaded_at as date) as loaded_on, count(*) as readings
from {{ source('raw', 'readings') }}
{% if is_incremental() %}
where cast(loaded_at as date) not in (select loaded_on from {{ this }})
{% endif %}
group by 1
