{{ config(unique_key=['account_id', 'month']) }}

with compared as (

    select account_id, month, mrr, mrr - coalesce(lag(mrr) over (partition by account_id order by month), 0) as mrr_change
    from {{ ref('account_months_by_window') }}
    {% if is_incremental() %}
    where month >= (select coalesce(max(month), date '1970-01-01') - interval 3 month from {{ this }})
    {% endif %}

)

select *
from compared
{% if is_incremental() %}
where month >= (select coalesce(max(month), date '1970-01-01') - interval 2 month from {{ this }})
{% endif %}
