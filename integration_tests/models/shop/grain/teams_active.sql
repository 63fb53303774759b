{{ entity_kit.entity_model(
    source('shop_events', 'sessions_log'), business_key='team_id', loaded_at='loaded_at', updated_at='started_at',
    attributes=['feature'], row_key='session_id',
    metrics=[
        {'name': 'user_count', 'calculation': 'count(distinct user_id)', 'description': 'Users with a session'},
        {'name': 'minutes', 'calculation': 'sum(minutes)', 'description': 'Length of all sessions', 'unit': 'minutes'},
    ]
) }}
