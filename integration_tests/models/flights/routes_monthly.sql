{{ entity_kit.grain_table(
    'month', business_key=['origin', 'dest'], events=source('raw', 'flights'), occurred_at='occurred_at',
    loaded_at='loaded_at', row_key='flight_id', spine='sparse', timezone='America/New_York',
    measures=[
        {'name': 'departures', 'calculation': 'count(dep_time)', 'description': 'Flights that left', 'fill': 0},
        {'name': 'air_minutes', 'calculation': 'sum(air_time)', 'unit': 'minutes', 'description': 'Time in the air'},
        {'name': 'carriers', 'calculation': 'count(distinct carrier)', 'description': 'Airlines on the route', 'fill': 0},
    ]
) }}
