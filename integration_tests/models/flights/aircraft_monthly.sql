with flights as (

    select
        *,
        tailnum as tail_number
    from {{ source('raw', 'flights') }}

)

{{ entity_kit.grain_table(
    'month', business_key='tail_number', events='flights', occurred_at='occurred_at', loaded_at='loaded_at',
    row_key='flight_id', event_columns=['dep_time', 'air_time', 'distance'], spine='dense', timezone='America/New_York',
    measures=[
        {'name': 'departures', 'calculation': 'count(dep_time)', 'description': 'Flights that left', 'fill': 0},
        {'name': 'air_minutes', 'calculation': 'sum(air_time)', 'unit': 'minutes', 'description': 'Time in the air'},
        {'name': 'miles', 'calculation': 'sum(case when dep_time is not null then distance end)',
            'description': 'Distance flown'},
    ],
    history=ref('dim_aircraft'), attributes=['carrier', 'airport'], overwrite_attributes=[]
) }}
