{{ config(unique_key='unit') }}

select 'all' as unit, reservation_id, room, nights
from {{ source('raw', 'reservations') }}
