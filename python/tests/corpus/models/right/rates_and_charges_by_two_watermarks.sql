{{ config(unique_key=['kind', 'id']) }}

select 'rate' as kind, currency || '/' || week as id, loaded_at
from {{ source('raw', 'rates') }}
{% if is_incremental() %}
where loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }} where kind = 'rate')
{% endif %}
union all
select 'charge' as kind, cast(charge_id as varchar) as id, loaded_at
from {{ source('raw', 'charges') }}
{% if is_incremental() %}
where loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }} where kind = 'charge')
{% endif %}
