{{ config(unique_key='ticket_id') }}

select ticket_id, operation, agent, changed_at, loaded_at
from {{ source('raw', 'ticket_changes') }}
{% if is_incremental() %}
where loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
{% endif %}
qualify row_number() over (partition by ticket_id order by changed_at desc, change_id desc) = 1
