{#- The mistake: the loaded time is stored as a date, and only later dates are read. Rows that arrive on
    the day of a run, after the run, are lost. -#}
{{ config(unique_key='flight_id') }}

select
    flight_id,
    carrier,
    arr_delay,
    cast(loaded_at as date) as loaded_on
from {{ source('raw', 'flights') }}
{% if is_incremental() %}
where cast(loaded_at as date) > (select max(loaded_on) from {{ this }})
{% endif %}
