{{ config(unique_key='store_id') }}

select stores.store_id, stores.region, fees.fee as fee_in_euro, stores.loaded_at
from {{ source('raw', 'stores') }} as stores
left join {{ source('raw', 'fees') }} as fees on fees.currency = 'EUR' and fees.loaded_at < '2024-01-01'
{% if is_incremental() %}
where not exists (select 1 from {{ this }} as known where known.store_id = stores.store_id)
{% endif %}
