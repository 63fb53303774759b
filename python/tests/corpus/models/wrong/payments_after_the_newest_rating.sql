{{ config(unique_key='payment_id') }}

select payment_id, order_id, amount, loaded_at
from {{ source('raw', 'payments') }}
{% if is_incremental() %}
where loaded_at > greatest(
    (select coalesce(max(loaded_at), '-infinity') from {{ this }}),
    (select max(loaded_at) from {{ source('raw', 'ratings') }})
)
{% endif %}
