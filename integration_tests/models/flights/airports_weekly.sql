{#- The additive measures of the days; the weather is that at the week's end. -#}
{{ entity_kit.grain_rollup(
    ref('airports_daily'), 'week',
    [
        {'name': 'departures', 'calculation': 'count(dep_time)', 'description': 'Flights that left', 'fill': 0},
        {'name': 'destinations_7d', 'calculation': 'last', 'description': 'Destinations served in the week'},
    ],
    attributes=['temperature', 'wind_speed', 'visibility']
) }}
