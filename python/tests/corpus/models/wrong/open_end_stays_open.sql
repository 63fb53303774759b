{{ config(unique_key='change_id') }}

select
    change_id,
    ticket_id,
    operation,
    loaded_at as valid_from,
    lead(loaded_at) over (partition by ticket_id order by loaded_at) as valid_to,
    loaded_at
from {{ source('raw', 'ticket_changes') }}
{% if is_incremental() %}
where loaded_at > (select coalesce(max(loaded_at), '-infinity') from {{ this }})
{% endif %}
