{#- The mistake: a flight's plane may be restated, and the flight then moves from one plane to another.
    The new plane's day is recomputed. The old plane's day isn't, because none of the rows left in it
    is new. -#}
{{ config(unique_key='plane_day') }}

select
    coalesce(tailnum, 'unknown') || ' ' || flight_date as plane_day,
    count(*) as flights,
    sum(distance) as distance,
    max(loaded_at) as loaded_at
from {{ source('raw', 'flights') }}
{% if is_incremental() %}
where coalesce(tailnum, 'unknown') || ' ' || flight_date in (
    select coalesce(tailnum, 'unknown') || ' ' || flight_date
    from {{ source('raw', 'flights') }}
    where loaded_at >= (select max(loaded_at) from {{ this }})
)
{% endif %}
group by 1
