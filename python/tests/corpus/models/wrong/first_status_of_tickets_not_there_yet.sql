{{ config(unique_key='ticket_id') }}

with newest as (
    select ticket_id, operation, agent
    from {{ source('raw', 'ticket_changes') }}
    qualify row_number() over (partition by ticket_id order by changed_at desc) = 1
)

select newest.*
from newest
{% if is_incremental() %}
left join {{ this }} as known on known.ticket_id = newest.ticket_id
where known.ticket_id is null
{% endif %}
