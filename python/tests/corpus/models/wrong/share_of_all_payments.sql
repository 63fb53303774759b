{{ config(unique_key='payment_id') }}

select payment_id, amount / (select sum(amount) from {{ source('raw', 'payments') }}) as share, loaded_at
from {{ source('raw', 'payments') }}
{% if is_incremental() %}
where loaded_at > (select coalesce(max(loaded_at), '-infinity') from {{ this }})
{% endif %}
