{{ config(unique_key=['kind', 'id']) }}

select 'withdrawn' as kind, ticket_id as id, loaded_at
from {{ source('raw', 'ticket_changes') }}
where operation = 'withdrawn'
{% if is_incremental() %}
    and loaded_at > (select max(loaded_at) from {{ this }} where kind = 'withdrawn')
{% endif %}
union all
select 'order' as kind, order_id as id, loaded_at
from {{ source('raw', 'orders') }}
