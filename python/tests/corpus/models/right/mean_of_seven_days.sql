{{ config(unique_key='read_on') }}

with daily as (

    select cast(loaded_at as date) as read_on, sum(degrees) as degrees
    from {{ source('raw', 'readings') }}
    {% if is_incremental() %}
    where cast(loaded_at as date) >= (select coalesce(max(read_on), date '1970-01-10') - interval 9 day from {{ this }})
    {% endif %}
    group by 1

),

averaged as (

    select read_on, degrees, round(avg(degrees) over (order by read_on rows between 6 preceding and current row), 4) as mean
    from daily

)

select *
from averaged
{% if is_incremental() %}
where read_on >= (select coalesce(max(read_on), date '1970-01-10') - interval 3 day from {{ this }})
{% endif %}
