{{ config(unique_key='reservation_id') }}

select reservation_id, room, nights, loaded_at
from {{ source('raw', 'reservations') }}
{% if is_incremental() %}
where loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
{% endif %}
