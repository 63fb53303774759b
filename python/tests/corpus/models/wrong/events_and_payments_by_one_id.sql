{{ config(incremental_strategy='append') }}

select 'event' as kind, event_id as id
from {{ source('raw', 'events') }}
{% if is_incremental() %}
where event_id > (select coalesce(max(id), -1) from {{ this }})
{% endif %}
union all
select 'payment' as kind, payment_id as id
from {{ source('raw', 'payments') }}
{% if is_incremental() %}
where payment_id > (select coalesce(max(id), -1) from {{ this }})
{% endif %}
