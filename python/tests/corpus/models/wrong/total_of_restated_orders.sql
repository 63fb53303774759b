{{ config(unique_key='store_id') }}

select
    orders.store_id,
    sum(orders.amount)
        {% if is_incremental() %}
        + coalesce((select so_far.amount from {{ this }} as so_far where so_far.store_id = orders.store_id), 0)
        {% endif %}
        as amount,
    max(orders.loaded_at) as loaded_at
from {{ source('raw', 'orders') }} as orders
{% if is_incremental() %}
where orders.loaded_at > (select coalesce(max(loaded_at), '-infinity') from {{ this }})
{% endif %}
group by orders.store_id
