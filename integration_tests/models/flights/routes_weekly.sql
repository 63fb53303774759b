{{ entity_kit.grain_rollup(
    ref('routes_daily'), 'week',
    [
        {'name': 'departures', 'calculation': 'count(dep_time)', 'description': 'Flights that left', 'fill': 0},
        {'name': 'air_minutes', 'calculation': 'sum(air_time)', 'description': 'Time in the air'},
    ]
) }}
