{{ config(unique_key='reading_id') }}

select
    reading_id,
    degrees,
    loaded_at,
    {% if is_incremental() %}(select coalesce(max(batch), 0) + 1 from {{ this }}){% else %}1{% endif %} as batch
from {{ source('raw', 'readings') }}
{% if is_incremental() %}
where loaded_at > (select coalesce(max(loaded_at), '-infinity') from {{ this }})
{% endif %}
