{{ config(incremental_strategy='append') }}

select cast(read_at as date) as read_on, count(*) as readings, max(degrees) as degrees
from {{ source('raw', 'readings') }}
where read_at < '2029-01-01'
    {% if is_incremental() %}
        and cast(read_at as date) > (select coalesce(max(read_on), '-infinity') from {{ this }})
    {% endif %}
group by 1
