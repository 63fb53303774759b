{{ config(incremental_strategy='append') }}

select c.change_id, c.ticket_id, c.operation
from {{ source('raw', 'ticket_changes') }} as c
{% if is_incremental() %}
left join {{ this }} as known on known.change_id = c.change_id
where known.change_id is null
{% endif %}
