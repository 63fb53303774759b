{#- The mistake: a column of the unique key can be NULL. NULL never equals NULL, so the old row is never
    deleted, and each time it is recomputed there is one more copy of it. -#}
{{ config(unique_key=['plane', 'flight_date']) }}

select
    tailnum as plane,
    flight_date,
    count(*) as flights,
    sum(distance) as distance
from {{ source('raw', 'flights') }}
{% if is_incremental() %}
where flight_date >= (select max(flight_date) - interval 3 day from {{ this }})
{% endif %}
group by tailnum, flight_date
