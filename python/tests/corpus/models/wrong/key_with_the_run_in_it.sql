{{ config(unique_key='reading_id') }}

select reading_id, degrees, loaded_at, md5(reading_id || '{{ invocation_id }}') as load_key
from {{ source('raw', 'readings') }}
{% if is_incremental() %}
where loaded_at > (select coalesce(max(loaded_at), '-infinity') from {{ this }})
{% endif %}
