{{ entity_kit.grain_table(
    'day', business_key='origin', events=source('raw', 'flights'), occurred_at='occurred_at', loaded_at='loaded_at',
    row_key='flight_id', timezone='America/New_York',
    measures=[{'name': 'departures', 'calculation': 'count(dep_time)', 'description': 'Flights that left', 'fill': 0}],
    trailing=[{'name': 'destinations_7d', 'calculation': 'count(distinct dest)', 'periods': 7,
        'description': 'Destinations served in 7 days'}],
    history=ref('airport_weather_history'), attributes=['temperature'], overwrite_attributes=[]
) }}
