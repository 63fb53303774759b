{{ config(unique_key='charge_id') }}

select charge_id, account_id, amount
from {{ source('raw', 'charges') }}
{% if is_incremental() %}
where charged_on >= (select max(charged_on) - interval 3 year from {{ source('raw', 'charges') }})
{% endif %}
