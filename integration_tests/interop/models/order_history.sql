{{ entity_kit.scd2_history(
    ref('order_log'), business_key='order_id', changed_at='changed_at', loaded_at='loaded_at',
    tracked_columns=['status', 'amount']
) }}
