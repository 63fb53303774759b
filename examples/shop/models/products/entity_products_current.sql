{{ entity_kit.entity_model(
    ref('stg_shop_events__line_items_log'),
    business_key='product_code',
    loaded_at='loaded_at',
    updated_at='loaded_at',
    attributes=['unit_price'],
    row_key='line_item_id',
    deleted_when='is_cancelled',
    metrics=[
        {
            'name': 'order_count',
            'calculation': 'count(distinct order_id)',
            'fill': 0,
            'description': 'Orders with the product',
            'owner': 'Sales',
        },
        {
            'name': 'units_sold',
            'calculation': 'sum(quantity)',
            'fill': 0,
            'description': 'Pieces ordered',
            'unit': 'pieces',
        },
        {
            'name': 'variant_count',
            'calculation': 'count(distinct variant)',
            'fill': 0,
            'description': 'Variants ordered',
        },
        {'name': 'last_ordered_at', 'calculation': 'max(ordered_at)', 'description': 'The latest order'},
    ]
) }}
