{#- The mistake: a flight's plane may be restated, and then the flight moves from one plane to
    another. The day of the new plane is computed again; the day of the old one is not, for nothing
    that is left of it is new. -#}
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
