{{ entity_kit.grain_table(
    'month',
    business_key='product_code',
    events=ref('stg_shop_events__line_items_log'),
    occurred_at='ordered_at',
    loaded_at='loaded_at',
    row_key='line_item_id',
    updated_at='loaded_at',
    deleted_when='is_cancelled',
    timezone='Europe/Berlin',
    measures=[
        {
            'name': 'buyers',
            'calculation': 'count(distinct customer_id)',
            'fill': 0,
            'description': 'Customers with an order',
        },
        {
            'name': 'orders',
            'calculation': 'count(distinct order_id)',
            'fill': 0,
            'description': 'Orders with the product',
        },
    ],
    history=ref('entity_products_history'),
    attributes=['category'],
    overwrite_attributes=[]
) }}
