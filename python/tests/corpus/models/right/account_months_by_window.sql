{{ config(unique_key=['account_id', 'month']) }}

select account_id, cast(date_trunc('month', charged_on) as date) as month, sum(amount) as mrr
from {{ source('raw', 'charges') }}
{% if is_incremental() %}
where date_trunc('month', charged_on) >= (
    select date_trunc('month', coalesce(max(month), date '1970-01-01')) - interval 2 month from {{ this }}
)
{% endif %}
group by 1, 2
