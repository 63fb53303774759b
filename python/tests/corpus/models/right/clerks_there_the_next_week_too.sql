{{ config(unique_key='week') }}

with there as (

    select distinct order_id % 8 as clerk, cast(date_trunc('week', paid_at) as date) as week
    from {{ source('raw', 'payments') }}

)

select there.week, count(distinct there.clerk) as clerks, count(distinct later.clerk) as there_again
from there
left join there as later on later.clerk = there.clerk and later.week = there.week + 7
{% if is_incremental() %}
where there.week >= (select coalesce(max(week) - 7, '-infinity') from {{ this }})
{% endif %}
group by 1
