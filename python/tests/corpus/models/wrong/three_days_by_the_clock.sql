{{ config(unique_key='charge_id') }}

select charge_id, account_id, amount, loaded_at
from {{ source('raw', 'charges') }}
{% if is_incremental() %}
where loaded_at >= current_date - interval 3 day
{% endif %}
