{{ entity_kit.metric_table(
    ['revenue', 'average_order_value'], 'quarter', dimensions='customer__tier', upstreams=[ref('shop_customers')]
) }}
