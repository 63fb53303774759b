{{ config(materialized='table') }}

select
    {{ entity_kit.generate_surrogate_key(['order_id', 'customer']) }} as ours,
    {{ dbt_utils.generate_surrogate_key(['order_id', 'customer']) }} as theirs
from {{ ref('order_log') }}
