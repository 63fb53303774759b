{{ config(materialized='incremental', unique_key='digest') }}
select digest, max(loaded_at) as loaded_at
from {{ ref('order_digests') }}
group by digest
