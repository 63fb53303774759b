{#- The products' children. A product without variants has one row, whose `variant` is NULL. -#}
{{ entity_kit.entity_model(
    source('shop_events', 'line_items_log'), business_key=['product_code', 'variant'], loaded_at='loaded_at',
    updated_at='loaded_at', attributes=['unit_price'], row_key='line_item_id', deleted_when='is_cancelled',
    metrics=[
        {'name': 'units_sold', 'calculation': 'sum(quantity)', 'description': 'Pieces ordered', 'unit': 'pieces', 'fill': 0},
        {'name': 'units_returned', 'calculation': 'sum(returned_quantity)', 'description': 'Pieces that came back', 'fill': 0},
    ]
) }}
