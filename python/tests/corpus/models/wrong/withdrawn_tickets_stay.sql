{{ config(unique_key='ticket_id') }}

with arrived as (

    select *
    from {{ source('raw', 'ticket_changes') }}
    {% if is_incremental() %}
    where ticket_id in (
        select ticket_id
        from {{ source('raw', 'ticket_changes') }}
        where loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
    )
    {% endif %}

)

select ticket_id, min(changed_at) as opened_at, max(loaded_at) as loaded_at
from arrived
group by 1
having not bool_or(operation = 'withdrawn')
