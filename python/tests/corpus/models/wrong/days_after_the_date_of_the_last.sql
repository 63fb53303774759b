{{ config(unique_key='reading_id') }}

select reading_id, degrees, cast(loaded_at as date) as loaded_on
from {{ source('raw', 'readings') }}
{% if is_incremental() %}
where date_trunc('day', loaded_at) > (select max(loaded_on) from {{ this }})
{% endif %}
