{#- The mistake: the greatest loaded time of an empty table is NULL, and nothing is later than NULL. So a
    table whose first run found an empty source stays empty for good. -#}
{{ config(unique_key='flight_id') }}

select
    flight_id,
    carrier,
    arr_delay,
    loaded_at
from {{ source('raw', 'flights') }}
{% if is_incremental() %}
where loaded_at >= (select max(loaded_at) from {{ this }})
{% endif %}
