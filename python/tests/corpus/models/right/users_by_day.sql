{{ entity_kit.grain_table(
    'day',
    business_key='user_id',
    events=source('raw', 'events'),
    occurred_at='occurred_at',
    loaded_at='loaded_at',
    measures=[{'name': 'views', 'calculation': 'count(*)'}, {'name': 'seconds', 'calculation': 'sum(seconds)'}],
    trailing=[{'name': 'views_of_three_days', 'calculation': 'count(*)', 'periods': 3}],
) }}
