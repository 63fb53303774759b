{{ config(unique_key='reading_id') }}

{% if is_incremental() %}
with latest as (

    select coalesce(max(loaded_in_tokyo), '-infinity') as loaded_in_tokyo
    from {{ this }}

)
{% endif %}

select r.reading_id, r.degrees, r.loaded_at + interval 9 hour as loaded_in_tokyo
from {{ source('raw', 'readings') }} as r
{% if is_incremental() %}
cross join latest
where r.loaded_at > latest.loaded_in_tokyo
{% endif %}
