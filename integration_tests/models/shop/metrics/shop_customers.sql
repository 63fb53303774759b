{{ config(materialized='view') }}

select
    customer_id,
    coalesce(segment, 'unknown') as tier,
    coalesce(nullif(city, ''), 'unknown') as region,
    loaded_at
from {{ ref('customers_current') }}
