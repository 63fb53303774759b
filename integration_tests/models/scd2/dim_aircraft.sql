{{ entity_kit.scd2_history(
    ref('stg_aircraft_sightings'),
    business_key='tail_number',
    changed_at='occurred_at',
    loaded_at='loaded_at',
    tracked_columns=['carrier', 'airport'],
    sequence='flight_id'
) }}
