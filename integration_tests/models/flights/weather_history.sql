{{ entity_kit.scd2_history(
    ref('stg_weather'), business_key='origin', changed_at='observed_hour', loaded_at='loaded_at',
    tracked_columns=['temperature', 'wind_speed', 'visibility']
) }}
