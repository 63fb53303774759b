{{ entity_kit.metric_table(
    ['visit_to_order_rate', 'first_visits', 'new_customers'], 'week', dimensions=['customer__tier'], upstreams=[ref('shop_customers')]
) }}
