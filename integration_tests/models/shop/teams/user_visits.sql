{#- The log calls a use of a feature a session. A visit is several in a row, with less than half a day between their starts. -#}
{{ entity_kit.sessions(
    source('shop_events', 'sessions_log'), user_key='user_id', occurred_at='started_at', loaded_at='loaded_at',
    timeout={'hours': 12}, row_key='session_id',
    attributes=[{'column': 'feature', 'first': 'first_feature', 'last': 'last_feature'}],
    measures=[
        {'name': 'minutes', 'calculation': 'sum(minutes)', 'description': 'Length of all uses', 'unit': 'minutes'},
        {'name': 'features', 'calculation': 'count(distinct feature)', 'description': 'Features used', 'fill': 0},
    ]
) }}
