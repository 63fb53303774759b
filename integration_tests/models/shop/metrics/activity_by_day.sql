{{ entity_kit.metric_table(
    ['active_users_28_days', 'return_rate'], 'day', upstreams=[ref('metric_days')]
) }}
