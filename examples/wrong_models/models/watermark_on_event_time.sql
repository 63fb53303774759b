{#- The mistake: new rows are found by when they happened, not by when they arrived. A long flight
    that left before a short one, but lands after it, is never read. -#}
{{ config(unique_key='flight_id') }}

select
    flight_id,
    carrier,
    occurred_at,
    arr_delay
from {{ source('raw', 'flights') }}
{% if is_incremental() %}
where occurred_at > (select max(occurred_at) from {{ this }})
{% endif %}
