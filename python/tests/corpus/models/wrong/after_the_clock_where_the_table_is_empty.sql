{{ config(unique_key='payment_id') }}

{% if is_incremental() and execute %}
    {% set newest = run_query('select max(loaded_at) from ' ~ this).columns[0][0] %}
{% endif %}

select payment_id, order_id, amount, loaded_at
from {{ source('raw', 'payments') }}
{% if is_incremental() %}
where loaded_at > timestamp '{{ newest or run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}'
{% endif %}
