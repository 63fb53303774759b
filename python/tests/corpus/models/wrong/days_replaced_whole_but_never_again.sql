{{ config(unique_key='occurred_on', incremental_strategy='delete+insert') }}

select cast(occurred_at as date) as occurred_on, page, count(*) as events
from {{ source('raw', 'events') }}
{% if is_incremental() %}
where cast(occurred_at as date) >= (select coalesce(max(occurred_on), '-infinity') from {{ this }})
{% endif %}
group by 1, 2
