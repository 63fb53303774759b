{{ entity_kit.accumulating_snapshot(
    source('raw', 'ticket_changes'),
    business_key='ticket_id',
    occurred_at='changed_at',
    loaded_at='loaded_at',
    milestones=[
        {'name': 'opened_at', 'when': "operation = 'opened'"},
        {'name': 'assigned_at', 'when': "operation = 'assigned'"},
        {'name': 'closed_at', 'when': "operation = 'closed'", 'withdrawn_when': "operation = 'withdrawn'"},
    ],
    lags=[{'name': 'hours_to_close', 'from': 'opened_at', 'to': 'closed_at', 'unit': 'hour'}],
) }}
