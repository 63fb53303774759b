{{ entity_kit.grain_table(
    'day', business_key='order_id', events=ref('order_log'), occurred_at='changed_at', loaded_at='loaded_at',
    measures=[{'name': 'changes', 'calculation': 'count(*)', 'description': 'Changes', 'fill': 0}]
) }}
