{{ config(materialized='incremental', unique_key='placed_on') }}
{% call set_sql_header(config) %}
create temp function is_paid(status string) as (status = "paid");
{% endcall %}
select
    placed_on,
    sum(amount) as amount,
    countif(is_paid(status)) as paid,
    max(loaded_at) as loaded_at
from {{ ref('stg_orders') }}
{% if is_incremental() %}
where loaded_at > (select max(loaded_at) from {{ this }})
{% endif %}
group by placed_on
