{{ config(incremental_strategy='append') }}

select charge_id, account_id, amount
from {{ source('raw', 'charges') }}
{% if is_incremental() %}
where charge_id > (select coalesce(max(charge_id), -1) from {{ this }})
{% endif %}
