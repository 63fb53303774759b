{#- The mistake: the day's total is computed from the rows that are new since the last run, and replaces
    the total of the whole day. -#}
{{ config(unique_key='flight_date') }}

select
    flight_date,
    count(*) as flights,
    sum(distance) as distance,
    max(loaded_at) as loaded_at
from {{ source('raw', 'flights') }}
{% if is_incremental() %}
where loaded_at > (select max(loaded_at) from {{ this }})
{% endif %}
group by flight_date
