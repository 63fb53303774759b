{{ entity_kit.metric_table(
    ['mrr', 'analytics_mrr', 'expansion_mrr', 'contraction_mrr', 'churned_mrr', 'net_revenue_retention'], 'month',
    dimensions=['product_line', 'customer__tier'], upstreams=[ref('shop_customers')]
) }}
