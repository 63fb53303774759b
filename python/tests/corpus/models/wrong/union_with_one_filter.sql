{{ config(incremental_strategy='append') }}

select 'reading' as kind, reading_id as id, loaded_at
from {{ source('raw', 'readings') }}
{% if is_incremental() %}
where loaded_at > (select coalesce(max(loaded_at), '-infinity') from {{ this }})
{% endif %}
union all
select 'charge' as kind, charge_id as id, loaded_at
from {{ source('raw', 'charges') }}
