{{ config(incremental_strategy='append') }}

select payment_id, order_id, amount, loaded_at
from {{ source('raw', 'payments') }}
where
    {% if is_incremental() %}
    loaded_at > (select coalesce(max(loaded_at), '-infinity') from {{ this }}) and
    {% endif %}
    true
qualify row_number() over (partition by payment_id order by loaded_at desc) = 1
