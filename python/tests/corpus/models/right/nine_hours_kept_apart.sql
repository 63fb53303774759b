{{ config(unique_key='reading_id') }}

select reading_id, degrees, loaded_at + interval 9 hour as loaded_in_tokyo
from {{ source('raw', 'readings') }}
{% if is_incremental() %}
where loaded_at + interval 9 hour > (select coalesce(max(loaded_in_tokyo), '-infinity') from {{ this }})
{% endif %}
