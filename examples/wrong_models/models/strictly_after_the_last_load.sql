{#- The mistake: `>` instead of `>=`. The three airports' weather for an hour has one loaded time but
    may not become visible together, and what comes second is never read. -#}
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
