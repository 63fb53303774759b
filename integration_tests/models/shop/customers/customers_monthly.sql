{%- set measures = [
    {'name': 'orders', 'calculation': 'count(distinct order_id)', 'description': 'Orders', 'fill': 0},
    {'name': 'order_value', 'calculation': 'sum(quantity * unit_price)', 'description': 'Quantity times unit price',
        'unit': 'EUR', 'fill': 0},
] -%}
{{ entity_kit.grain_table(
    'month', business_key='customer_id', events=source('shop_events', 'line_items_log'), occurred_at='ordered_at',
    loaded_at='loaded_at', row_key='line_item_id', deleted_when='is_cancelled', measures=measures,
    trailing=[{'name': 'orders_12m', 'calculation': 'count(distinct order_id)', 'periods': 12, 'fill': 0,
        'description': 'Orders in 12 months'}],
    history=ref('customers_history'), attributes=['segment', 'city', 'credit_limit'], overwrite_attributes=[],
    timezone='Europe/Berlin'
) }}
