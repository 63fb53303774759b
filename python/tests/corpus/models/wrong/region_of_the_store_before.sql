{{ config(unique_key='store_id') }}

select
    stores.store_id,
    stores.region,
    (
        select neighbors.region
        from {{ source('raw', 'stores') }} as neighbors
        where neighbors.store_id = stores.store_id - 1
    ) as region_before,
    stores.loaded_at
from {{ source('raw', 'stores') }} as stores
{% if is_incremental() %}
where stores.loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
{% endif %}
