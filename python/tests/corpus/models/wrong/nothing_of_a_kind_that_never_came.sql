{{ config(unique_key='event_id') }}

select event_id, page, loaded_at
from {{ source('raw', 'events') }}
{% if is_incremental() %}
where loaded_at >= (select max(loaded_at) from {{ this }} where page = 'checkout-of-another-shop')
{% endif %}
