{{ entity_kit.grain_table(
    'month', business_key='contract_id', events=source('shop_events', 'contracts_log'), occurred_at='changed_at',
    loaded_at='loaded_at',
    measures=[{'name': 'changes', 'calculation': 'count(*)', 'description': 'Changes received', 'fill': 0}],
    history=ref('subscriptions_history'), attributes=['customer_id', 'product_line', 'mrr'],
    overwrite_attributes=['customer_id', 'product_line']
) }}
