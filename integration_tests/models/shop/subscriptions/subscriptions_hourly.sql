{{ entity_kit.grain_table(
    'hour', business_key='contract_id', events=source('shop_events', 'contracts_log'), occurred_at='changed_at',
    loaded_at='loaded_at', spine='sparse',
    measures=[{'name': 'changes', 'calculation': 'count(*)', 'description': 'Changes received', 'fill': 0}],
    history=ref('subscriptions_history'), attributes=['mrr'], overwrite_attributes=[]
) }}
