{{ entity_kit.grain_table(
    'hour', business_key='origin', events=source('raw', 'flights'), occurred_at='occurred_at', loaded_at='loaded_at',
    row_key='flight_id',
    measures=[
        {'name': 'departures', 'calculation': 'count(dep_time)', 'description': 'Flights that left', 'fill': 0},
        {'name': 'delay_minutes', 'calculation': 'sum(dep_delay)', 'description': 'Sum of the delays, early ones negative'},
    ],
    history=ref('airport_weather_history'), attributes=['temperature', 'wind_speed', 'visibility'],
    overwrite_attributes=[]
) }}
