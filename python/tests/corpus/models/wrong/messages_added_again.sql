{{ config(incremental_strategy='append') }}

select ticket_id, operation, agent, loaded_at
from {{ source('raw', 'ticket_changes') }}
{% if is_incremental() %}
where loaded_at > (select coalesce(max(loaded_at), '-infinity') from {{ this }})
{% endif %}
qualify row_number() over (partition by ticket_id order by loaded_at) = 1
