{{ entity_kit.grain_rollup(
    ref('entity_products_daily'),
    'month',
    measures=[
        {
            'name': 'units_sold',
            'calculation': 'sum(quantity)',
            'fill': 0,
            'description': 'Pieces ordered',
            'unit': 'pieces',
        },
        {
            'name': 'revenue',
            'calculation': 'sum(quantity * unit_price)',
            'fill': 0,
            'description': 'Quantity times unit price',
            'unit': 'EUR',
        },
    ],
    attributes=[
        'category',
        'inventory_on_hand',
        'list_price',
        'units_sold_30d',
        'revenue_30d',
        'return_rate',
        'avg_rating',
    ]
) }}
