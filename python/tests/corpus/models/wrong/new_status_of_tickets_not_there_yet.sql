{{ config(unique_key='ticket_id') }}

select changes.ticket_id, changes.operation, changes.changed_at, changes.loaded_at
from {{ source('raw', 'ticket_changes') }} as changes
{% if is_incremental() %}
where changes.loaded_at > (select coalesce(max(loaded_at), '-infinity') from {{ this }})
    and not exists (select 1 from {{ this }} as known where known.ticket_id = changes.ticket_id)
{% endif %}
qualify row_number() over (partition by changes.ticket_id order by changes.changed_at desc) = 1
