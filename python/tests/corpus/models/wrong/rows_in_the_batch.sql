{{ config(unique_key='payment_id') }}

select payment_id, amount, loaded_at, count(*) over () as rows_in_batch
from {{ source('raw', 'payments') }}
{% if is_incremental() %}
where loaded_at > (select coalesce(max(loaded_at), '-infinity') from {{ this }})
{% endif %}
