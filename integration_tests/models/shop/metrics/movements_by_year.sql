{{ entity_kit.metric_table(
    ['expansion_mrr', 'contraction_mrr', 'churned_mrr'], 'year', dimensions='product_line'
) }}
