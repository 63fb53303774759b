{{ entity_kit.entity_model(
    source('shop_events', 'line_items_log'), business_key='product_code', loaded_at='loaded_at', updated_at='loaded_at',
    attributes=['unit_price'], row_key='line_item_id', deleted_when='is_cancelled',
    metrics=[
        {'name': 'order_count', 'calculation': 'count(distinct order_id)', 'description': 'Orders with the product',
            'owner': 'shop', 'fill': 0},
        {'name': 'units_sold', 'calculation': 'sum(quantity)', 'description': 'Pieces ordered', 'unit': 'pieces', 'fill': 0},
        {'name': 'variant_count', 'calculation': 'count(distinct variant)', 'description': 'Variants ordered', 'fill': 0},
        {'name': 'last_ordered_at', 'calculation': 'max(ordered_at)', 'description': 'The latest order'},
    ]
) }}
