{{ config(unique_key='order_id') }}

select order_id, customer_id, status, amount, loaded_at
from {{ source('raw', 'orders') }}
where {{ entity_kit.incremental_filter('loaded_at', lookback_interval={'hours': 1}) }}
