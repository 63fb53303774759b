{{ entity_kit.accumulating_snapshot(
    source('shop_events', 'contracts_log'), business_key='contract_id', occurred_at='changed_at', loaded_at='loaded_at',
    milestones=[
        {'name': 'signed_at', 'when': 'not is_ended', 'description': 'When it began for the first time'},
        {'name': 'large_at', 'when': 'mrr >= 100', 'description': 'When it first brought in 100 a month'},
        {'name': 'ended_at', 'when': 'is_ended', 'withdrawn_when': 'not is_ended',
            'description': 'When it ended, if it has not begun again'},
    ],
    lags=[
        {'name': 'days_to_large', 'from': 'signed_at', 'to': 'large_at', 'unit': 'day'},
        {'name': 'days_to_end', 'from': 'signed_at', 'to': 'ended_at', 'unit': 'day'},
    ],
    attributes=['customer_id', 'product_line'], row_key=['contract_id', 'changed_at']
) }}
