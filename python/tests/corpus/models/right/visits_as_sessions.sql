{{ entity_kit.sessions(
    source('raw', 'events'),
    user_key='user_id',
    occurred_at='occurred_at',
    loaded_at='loaded_at',
    timeout={'hours': 8},
    measures=[{'name': 'seconds', 'calculation': 'sum(seconds)'}],
    attributes=[{'column': 'page', 'first': 'landing_page', 'last': 'exit_page'}],
    starts_when="page = 'help'",
) }}
