{{ entity_kit.grain_table(
    'day',
    business_key='team_id',
    events=ref('stg_shop_events__sessions_log'),
    occurred_at='started_at',
    loaded_at='loaded_at',
    row_key='session_id',
    updated_at='loaded_at',
    timezone='America/New_York',
    measures=[
        {'name': 'sessions', 'calculation': 'count(*)', 'fill': 0, 'description': 'Sessions'},
        {
            'name': 'active_users',
            'calculation': 'count(distinct user_id)',
            'fill': 0,
            'description': 'Users with a session',
        },
    ],
    trailing=[
        {
            'name': 'active_users_28d',
            'calculation': 'count(distinct user_id)',
            'periods': 28,
            'fill': 0,
            'description': 'Users with a session in 28 days',
        },
        {
            'name': 'features_28d',
            'calculation': 'count(distinct feature)',
            'periods': 28,
            'fill': 0,
            'description': 'Features used in 28 days',
        },
        {
            'name': 'collaboration_index',
            'calculation': 'cast(count(shared_with) as double) / count(*)',
            'periods': 28,
            'description': 'Sessions that were shared with somebody / sessions, in 28 days',
        },
    ],
    history=ref('entity_teams_history'),
    attributes=['customer_id', 'team_size'],
    overwrite_attributes=[]
) }}
