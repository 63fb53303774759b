{{ config(unique_key='charge_id') }}

select charge_id, account_id, charged_on, amount, loaded_at
from {{ source('raw', 'charges') }}
where charged_on + to_months(1 + account_id % 3) <= cast('{{ run_started_at.strftime("%Y-%m-%d") }}' as date)
{% if is_incremental() %}
    and loaded_at > (select coalesce(max(loaded_at), '-infinity') from {{ this }})
{% endif %}
