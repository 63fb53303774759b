{{ config(unique_key='order_id') }}

with arrived as (

    select *, date_trunc('hour', loaded_at) as arrived_in
    from {{ source('raw', 'orders') }}

)

select order_id, status, amount, arrived_in
from arrived
{% if is_incremental() %}
where arrived_in >= (select coalesce(max(arrived_in), '-infinity') from {{ this }})
{% endif %}
