{{ config(unique_key='reservation_id') }}

{% set today = run_started_at.strftime('%Y-%m-%d') %}

select reservation_id, room, date '{{ today }}' - cast(loaded_at as date) as days_known, loaded_at
from {{ source('raw', 'reservations') }}
{% if is_incremental() %}
where loaded_at > (select coalesce(max(loaded_at), '-infinity') from {{ this }})
{% endif %}
