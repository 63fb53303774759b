{{ entity_kit.entity_model(
    ref('order_log'), business_key='order_id', loaded_at='loaded_at', updated_at='changed_at', row_key='order_id'
) }}
