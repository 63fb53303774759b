{#- The teams' children. -#}
{{ entity_kit.entity_model(
    source('shop_events', 'sessions_log'), business_key='user_id', loaded_at='loaded_at', updated_at='started_at',
    attributes=['team_id'], row_key='session_id',
    metrics=[
        {'name': 'sessions', 'calculation': 'count(*)', 'description': 'Sessions'},
        {'name': 'minutes', 'calculation': 'sum(minutes)', 'description': 'Length of all sessions', 'unit': 'minutes'},
        {'name': 'features', 'calculation': 'count(distinct feature)', 'description': 'Features used'},
        {'name': 'last_seen_at', 'calculation': 'max(started_at)', 'description': 'The latest session'},
    ]
) }}
