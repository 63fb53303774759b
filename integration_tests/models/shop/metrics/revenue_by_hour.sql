{{ entity_kit.metric_table(['revenue', 'orders'], 'hour') }}
