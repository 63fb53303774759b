{{ config(unique_key='reading_id') }}

select
    reading_id,
    sensor_id,
    degrees,
    degrees - lag(degrees) over (partition by sensor_id order by loaded_at) as risen,
    loaded_at
from {{ source('raw', 'readings') }}
where {{ entity_kit.touched_filter('sensor_id', {'relation': source('raw', 'readings'), 'loaded_at': 'loaded_at'}) }}
