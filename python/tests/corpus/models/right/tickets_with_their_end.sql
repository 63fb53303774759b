{{ config(unique_key='ticket_id') }}

select
    ticket_id,
    min(changed_at) as opened_at,
    bool_or(operation = 'withdrawn') as is_withdrawn,
    max(loaded_at) as loaded_at
from {{ source('raw', 'ticket_changes') }}
{% if is_incremental() %}
where ticket_id in (
    select ticket_id
    from {{ source('raw', 'ticket_changes') }}
    where loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
)
{% endif %}
group by 1
