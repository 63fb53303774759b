{{ entity_kit.scd2_history(
    ref('stg_shop_events__stock_log'),
    business_key='product_code',
    changed_at='changed_at',
    loaded_at='loaded_at',
    tracked_columns=['category', 'inventory_on_hand', 'list_price']
) }}
