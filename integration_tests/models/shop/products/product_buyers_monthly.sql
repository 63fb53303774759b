{#-
    Customers who bought in two weeks count once per month. No finer grain has that information, so this reads the line
    items.
-#}
{{ entity_kit.grain_table(
    'month', business_key='product_code', events=source('shop_events', 'line_items_log'), occurred_at='ordered_at',
    loaded_at='loaded_at', row_key='line_item_id', deleted_when='is_cancelled', timezone='Europe/Berlin',
    measures=[
        {'name': 'buyers', 'calculation': 'count(distinct customer_id)', 'description': 'Customers with an order', 'fill': 0},
        {'name': 'orders', 'calculation': 'count(distinct order_id)', 'description': 'Orders with the product', 'fill': 0},
    ],
    history=ref('products_history'), attributes='category'
) }}
