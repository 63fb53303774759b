{{ config(unique_key='change_id') }}

select change_id, ticket_id, operation
from {{ source('raw', 'ticket_changes') }}
{% if is_incremental() %}
where change_id > (select max(change_id) from {{ this }})
{% endif %}
