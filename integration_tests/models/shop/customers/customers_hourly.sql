{%- set measures = [
    {'name': 'orders', 'calculation': 'count(distinct order_id)', 'description': 'Orders', 'fill': 0},
    {'name': 'order_value', 'calculation': 'sum(quantity * unit_price)', 'description': 'Quantity times unit price',
        'unit': 'EUR', 'fill': 0},
] -%}
{{ entity_kit.grain_table(
    'hour', business_key='customer_id', events=source('shop_events', 'line_items_log'), occurred_at='ordered_at',
    loaded_at='loaded_at', row_key='line_item_id', deleted_when='is_cancelled', measures=measures,
    history=ref('customers_history'), attributes=['segment', 'city', 'credit_limit'], overwrite_attributes=[],
    spine='sparse'
) }}
