{{ config(unique_key='ticket_id', incremental_strategy='merge', merge_exclude_columns=['operation']) }}

select ticket_id, operation, agent, changed_at
from {{ source('raw', 'ticket_changes') }}
qualify row_number() over (partition by ticket_id order by changed_at desc) = 1
