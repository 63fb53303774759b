{#- The mistake: the boundary is read again, as it should be, but without a unique key. So every run
    appends the last rows of the previous run once more. -#}
{{ config(incremental_strategy='append') }}

select
    flight_id,
    carrier,
    arr_delay,
    loaded_at
from {{ source('raw', 'flights') }}
{% if is_incremental() %}
where loaded_at >= (select max(loaded_at) from {{ this }})
{% endif %}
