{#- The mistake: `>` where `>=` belongs. The three airports' weather of an hour has one load time, but
    needn't become visible together, and what comes second is never read. -#}
{{ config(unique_key=['origin', 'time_hour']) }}

select
    origin,
    time_hour,
    temp,
    loaded_at
from {{ source('raw', 'weather') }}
{% if is_incremental() %}
where loaded_at > (select max(loaded_at) from {{ this }})
{% endif %}
