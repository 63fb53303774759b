{{ entity_kit.sessions(
    source('raw', 'events'),
    user_key='user_id',
    occurred_at='occurred_at',
    loaded_at='loaded_at',
    timeout={'hours': 8},
    attributes='page',
    within={'days': 20},
) }}
