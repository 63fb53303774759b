{{ config(unique_key='version_id') }}

with numbered as (

    select *, row_number() over (partition by ticket_id order by changed_at desc) as number
    from {{ source('raw', 'ticket_changes') }}
    {% if is_incremental() %}
    where loaded_at > (select coalesce(max(loaded_at), '-infinity') from {{ this }})
    {% endif %}

)

select md5(concat_ws('-', ticket_id, changed_at)) as version_id, ticket_id, operation, changed_at, loaded_at
from numbered
where number = 1
