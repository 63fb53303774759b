{#- The mistake: the load time is kept as a date, and only later dates are read. What arrives on the
    day of a run, after the run, is lost. -#}
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
