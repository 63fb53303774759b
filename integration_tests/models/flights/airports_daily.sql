{{ entity_kit.grain_table(
    'day', business_key='origin', events=source('raw', 'flights'), occurred_at='occurred_at', loaded_at='loaded_at',
    row_key='flight_id', timezone='America/New_York',
    measures=[
        {'name': 'departures', 'calculation': 'count(dep_time)', 'description': 'Flights that left', 'fill': 0},
        {'name': 'cancellations', 'calculation': 'count(*) - count(dep_time)', 'description': 'Flights that never left',
            'fill': 0},
        {'name': 'destinations', 'calculation': 'count(distinct dest)', 'description': 'Destinations served', 'fill': 0},
        {'name': 'mean_delay', 'calculation': 'avg(dep_delay)', 'unit': 'minutes',
            'description': 'Mean of the delays at departure, early ones negative'},
    ],
    trailing=[{'name': 'destinations_7d', 'calculation': 'count(distinct dest)', 'periods': 7, 'fill': 0,
        'description': 'Destinations served in 7 days'}],
    history=ref('weather_history'), attributes=['temperature', 'wind_speed', 'visibility'], overwrite_attributes=[]
) }}
