{{ config(unique_key=['account_id', 'month']) }}

select account_id, month, greatest(mrr_change, 0) as growth
from {{ ref('account_month_changes') }}
