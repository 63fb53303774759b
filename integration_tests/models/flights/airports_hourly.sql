{#- An hour's weather is the last observation, even if nothing was observed in that hour. -#}
{{ entity_kit.grain_table(
    'hour', business_key='origin', events=source('raw', 'flights'), occurred_at='occurred_at', loaded_at='loaded_at',
    row_key='flight_id',
    measures=[
        {'name': 'departures', 'calculation': 'count(dep_time)', 'description': 'Flights that left', 'fill': 0},
        {'name': 'cancellations', 'calculation': 'count(*) - count(dep_time)', 'description': 'Flights that never left',
            'fill': 0},
        {'name': 'delay_minutes', 'calculation': 'sum(dep_delay)', 'unit': 'minutes',
            'description': 'Sum of the delays, early ones negative'},
    ],
    trailing=[{'name': 'departures_24h', 'calculation': 'count(dep_time)', 'periods': 24, 'fill': 0,
        'description': 'Flights that left in 24 hours'}],
    history=ref('weather_history'), attributes=['temperature', 'wind_speed', 'visibility'], overwrite_attributes=[]
) }}
