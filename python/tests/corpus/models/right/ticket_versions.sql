{{ config(unique_key='change_id') }}

select
    change_id,
    ticket_id,
    operation,
    changed_at as valid_from,
    lead(changed_at) over (partition by ticket_id order by changed_at, change_id) as valid_to,
    loaded_at
from {{ source('raw', 'ticket_changes') }}
where {{ entity_kit.touched_filter('ticket_id', {'relation': source('raw', 'ticket_changes'), 'loaded_at': 'loaded_at'}) }}
