{#- The mistake: an upsert doesn't notice that a row is gone. What the source deletes stays here. -#}
{{ config(unique_key=['origin', 'time_hour']) }}

select
    origin,
    time_hour,
    temp,
    wind_speed,
    loaded_at
from {{ source('raw', 'weather') }}
{% if is_incremental() %}
where loaded_at >= (select max(loaded_at) from {{ this }})
{% endif %}
