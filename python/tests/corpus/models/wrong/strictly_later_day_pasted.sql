{{ config(unique_key='reading_id') }}

{% if is_incremental() and execute %}
    {% set day = run_query("select coalesce(max(loaded_on), date '2000-01-01') from " ~ this).columns[0][0] %}
{% endif %}

select reading_id, sensor_id, degrees, cast(loaded_at as date) as loaded_on
from {{ source('raw', 'readings') }}
{% if is_incremental() %}
where cast(loaded_at as date) >= date '{{ day }}' + 1
{% endif %}
