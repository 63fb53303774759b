{{ config(
    incremental_strategy='merge',
    unique_key='payment_id',
    incremental_predicates=["DBT_INTERNAL_DEST.paid_at >= (select max(paid_at) - interval 7 day from " ~ this ~ ")"],
) }}

select payment_id, order_id, amount, paid_at, loaded_at
from {{ source('raw', 'payments') }}
{% if is_incremental() %}
where loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
{% endif %}
qualify row_number() over (partition by payment_id order by loaded_at desc) = 1
