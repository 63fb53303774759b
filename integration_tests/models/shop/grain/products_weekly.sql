{%- set measures = [
    {'name': 'units_sold', 'calculation': 'sum(quantity)', 'description': 'Pieces ordered', 'unit': 'pieces', 'fill': 0},
    {'name': 'revenue', 'calculation': 'sum(quantity * unit_price)', 'description': 'Quantity times unit price',
        'unit': 'EUR', 'fill': 0},
] -%}
{{ entity_kit.grain_rollup(
    ref('products_daily'), 'week', measures, attributes=['category', 'inventory_on_hand', 'list_price']
) }}
