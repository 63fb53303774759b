{{ entity_kit.scd2_history(
    source('shop_events', 'stock_log'), business_key='product_code', changed_at='changed_at', loaded_at='loaded_at',
    tracked_columns=['category', 'inventory_on_hand', 'list_price']
) }}
