{{ config(unique_key=['account_id', 'month']) }}

select account_id, cast(date_trunc('month', charged_on) as date) as month, sum(amount) as mrr
from {{ source('raw', 'charges') }}
{% if is_incremental() %}
where date_trunc('month', charged_on) >= date_trunc('month', (select max(month) from {{ this }}) - interval 2 month)
{% endif %}
group by 1, 2
