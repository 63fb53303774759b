{#- The mistake: a column is computed from the clock. Its value depends on when the model ran, not on
    the row, and no two runs agree. -#}
{{ config(unique_key='flight_id') }}

select
    flight_id,
    carrier,
    date_diff('day', flight_date, current_date) as days_ago,
    loaded_at
from {{ source('raw', 'flights') }}
{% if is_incremental() %}
where loaded_at >= (select max(loaded_at) from {{ this }})
{% endif %}
