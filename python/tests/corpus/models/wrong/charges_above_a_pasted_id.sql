{{ config(incremental_strategy='append') }}

{% set last_id = -1 %}
{% if is_incremental() and execute %}
    {% set last_id = run_query('select coalesce(max(charge_id), -1) from ' ~ this).columns[0][0] %}
{% endif %}

select charge_id, account_id, amount
from {{ source('raw', 'charges') }}
where charge_id > {{ last_id }}
