{{ config(unique_key='paid_on') }}

select cast(paid_at as date) as paid_on, count(distinct payment_id) as payments
from {{ source('raw', 'payments') }}
{% if is_incremental() %}
where cast(paid_at as date) >= (select coalesce(max(paid_on), '-infinity') from {{ this }})
{% endif %}
group by 1
