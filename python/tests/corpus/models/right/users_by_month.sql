{{ entity_kit.grain_table(
    'month',
    business_key='user_id',
    events=source('raw', 'events'),
    occurred_at='occurred_at',
    loaded_at='loaded_at',
    measures=[{'name': 'views', 'calculation': 'count(*)'}, {'name': 'seconds', 'calculation': 'sum(seconds)'}],
) }}
