{{ config(unique_key='payment_id') }}

select distinct payment_id, order_id, amount, paid_at
from {{ source('raw', 'payments') }}
{% if is_incremental() %}
where paid_at >= least(
    (select coalesce(max(seen.paid_at), '-infinity') from {{ this }} as seen),
    (select coalesce(max(rated_at), '-infinity') from {{ source('raw', 'ratings') }})
)
{% endif %}
