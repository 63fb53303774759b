{{ config(incremental_strategy='append') }}

{% set last = '2000-01-01' %}
{% if is_incremental() and execute %}
    {% set last = run_query("select coalesce(max(loaded_at), timestamp '2000-01-01') from " ~ this).columns[0][0] %}
{% endif %}

select reading_id, sensor_id, degrees, loaded_at
from {{ source('raw', 'readings') }}
where read_at >= '{{ var("start_date", "2024-02-01") }}'
    and loaded_at > '{{ last }}'
