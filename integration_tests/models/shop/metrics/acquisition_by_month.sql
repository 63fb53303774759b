{{ entity_kit.metric_table(['customer_acquisition_cost', 'new_customers', 'spend'], 'month') }}
