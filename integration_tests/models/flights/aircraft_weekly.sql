{{ entity_kit.grain_rollup(
    ref('aircraft_daily'), 'week',
    [
        {'name': 'departures', 'calculation': 'count(dep_time)', 'description': 'Flights that left', 'fill': 0},
        {'name': 'air_minutes', 'calculation': 'sum(air_time)', 'description': 'Time in the air'},
        {'name': 'miles', 'calculation': 'sum(distance)', 'description': 'Distance flown'},
    ],
    attributes=['carrier', 'airport']
) }}
