{{ config(unique_key='charge_id') }}

select charge_id, account_id, amount, loaded_at
from {{ source('raw', 'charges') }}
{% if is_incremental() %}
where loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
order by loaded_at desc
limit 8
{% endif %}
