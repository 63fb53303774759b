{#- The mistake: a column of the unique key can be NULL. NULL equals nothing, so the old row is never
    deleted, and each time that it is computed again there is one more of it. -#}
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
