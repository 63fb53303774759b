{{ config(incremental_strategy='append') }}

select payment_id, order_id, amount, loaded_at
from {{ source('raw', 'payments') }} as payments
{% if is_incremental() %}
where not exists (select 1 from {{ this }} as known where known.payment_id = payments.payment_id)
{% endif %}
qualify row_number() over (partition by payment_id order by loaded_at) = 1
