{{ config(unique_key='order_id') }}

with orders as (

    select * from {{ source('raw', 'orders') }}

),

ratings as (

    select * from {{ source('raw', 'ratings') }}

),

fresh as (

    select * from orders
    {% if is_incremental() %}
    where loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
    {% endif %}

)

select fresh.order_id, fresh.amount, ratings.stars, fresh.loaded_at
from fresh
left join ratings using (order_id)
