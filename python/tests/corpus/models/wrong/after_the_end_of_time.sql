{{ config(unique_key='payment_id') }}
{% if is_incremental() and execute %}
    {% set newest = run_query('select max(loaded_at) from ' ~ this).columns[0].values()[0] %}
{% endif %}

select payment_id, order_id, amount, loaded_at
from {{ source('raw', 'payments') }}
{% if is_incremental() %}
where loaded_at >= cast('{{ newest or "2999-12-31" }}' as timestamp)
{% endif %}
