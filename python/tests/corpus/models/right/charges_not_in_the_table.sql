{{ config(incremental_strategy='append') }}

select account_id, charge_id
from {{ source('raw', 'charges') }}
{% if is_incremental() %}
where charge_id not in (select charge_id from {{ this }})
{% endif %}
