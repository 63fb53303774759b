{#- The mistake: the window sees only the new rows, so nothing precedes the first of them, and
    counting starts again with every run. -#}
{{ config(unique_key='flight_id') }}

select
    flight_id,
    carrier,
    flight,
    origin,
    flight_date,
    lag(flight_date) over flown as previous_date,
    row_number() over flown as nth_flight,
    loaded_at
from {{ source('raw', 'flights') }}
{% if is_incremental() %}
where loaded_at >= (select max(loaded_at) from {{ this }})
{% endif %}
window flown as (partition by carrier, flight, origin order by flight_date)
