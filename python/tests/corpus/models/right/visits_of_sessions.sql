{{ entity_kit.session_events(
    source('raw', 'events'),
    user_key='user_id',
    occurred_at='occurred_at',
    loaded_at='loaded_at',
    timeout={'hours': 8},
    starts_when="page = 'help'",
) }}
