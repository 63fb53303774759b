{{ config(incremental_strategy='append') }}

select cast(loaded_at as date) as loaded_on, count(*) as readings
from {{ source('raw', 'readings') }}
{% if is_incremental() %}
where cast(loaded_at as date) >= (select coalesce(max(loaded_on), '-infinity') from {{ this }})
{% endif %}
group by 1
