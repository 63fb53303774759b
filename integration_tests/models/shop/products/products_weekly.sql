{#- Sales are added up. The stock and the scores are those of the last day. -#}
{%- set measures = [
    {'name': 'units_sold', 'calculation': 'sum(quantity)', 'description': 'Pieces ordered', 'unit': 'pieces', 'fill': 0},
    {'name': 'revenue', 'calculation': 'sum(quantity * unit_price)', 'description': 'Quantity times unit price',
        'unit': 'EUR', 'fill': 0},
] -%}
{{ entity_kit.grain_rollup(
    ref('product_scores_daily'), 'week', measures, business_key='product_code', finer_grain='day',
    attributes=['category', 'inventory_on_hand', 'list_price', 'units_sold_30d', 'revenue_30d', 'return_rate',
        'avg_rating', 'price_elasticity_score', 'trending_score']
) }}
