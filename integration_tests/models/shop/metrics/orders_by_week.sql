{{ entity_kit.metric_table(
    ['revenue', 'average_order_value', 'return_rate'], 'week', dimensions='customer__region',
    upstreams=[ref('shop_customers')]
) }}
