{{ config(unique_key='event_id') }}

select
    event_id,
    occurred_at,
    sum(seconds) over (order by occurred_at, event_id)
    {%- if is_incremental() %}
    + coalesce((select max_by(balance, (occurred_at, event_id)) from {{ this }}), 0)
    {%- endif %} as balance,
    loaded_at
from {{ source('raw', 'events') }}
{% if is_incremental() %}
where loaded_at > (select coalesce(max(loaded_at), '-infinity') from {{ this }})
{% endif %}
