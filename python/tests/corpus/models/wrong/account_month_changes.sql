{{ config(unique_key=['account_id', 'month']) }}

select
    account_id,
    month,
    mrr,
    coalesce(lag(mrr) over (partition by account_id order by month), 0) as mrr_before,
    mrr - coalesce(lag(mrr) over (partition by account_id order by month), 0) as mrr_change
from {{ ref('account_months') }}
{% if is_incremental() %}
where month >= date_trunc('month', (select max(month) from {{ this }}) - interval 2 month)
{% endif %}
