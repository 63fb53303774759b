{{ entity_kit.grain_table(
    'day', business_key='team_id', events=source('shop_events', 'sessions_log'), occurred_at='started_at',
    loaded_at='loaded_at', row_key='session_id', timezone='America/New_York',
    measures=[
        {'name': 'sessions', 'calculation': 'count(*)', 'description': 'Sessions', 'fill': 0},
        {'name': 'active_users', 'calculation': 'count(distinct user_id)', 'description': 'Users with a session', 'fill': 0},
    ],
    trailing=[
        {'name': 'active_users_28d', 'calculation': 'count(distinct user_id)', 'periods': 28, 'fill': 0,
            'description': 'Users with a session in 28 days'},
        {'name': 'features_28d', 'calculation': 'count(distinct feature)', 'periods': 28, 'fill': 0,
            'description': 'Features used in 28 days'},
        {'name': 'collaboration_index', 'calculation': 'cast(count(shared_with) as ' ~ double() ~ ') / count(*)', 'periods': 28,
            'description': 'Sessions that were shared with somebody / sessions, in 28 days'},
    ],
    history=ref('teams_history'), attributes=['customer_id', 'team_size'], overwrite_attributes=[]
) }}
