{#- The days' measures over hours: 7 days are 168 of them, 30 days 720. Only hours with orders have a row. -#}
{%- set measures = [
    {'name': 'units_sold', 'calculation': 'sum(quantity)', 'description': 'Pieces ordered', 'unit': 'pieces', 'fill': 0},
    {'name': 'revenue', 'calculation': 'sum(quantity * unit_price)', 'description': 'Quantity times unit price',
        'unit': 'EUR', 'fill': 0},
] -%}
{%- set trailing = [
    {'name': 'units_sold_30d', 'calculation': 'sum(quantity)', 'periods': 720, 'fill': 0,
        'description': 'Pieces ordered in 720 hours'},
    {'name': 'units_sold_7d', 'calculation': 'sum(quantity)', 'periods': 168, 'fill': 0,
        'description': 'Pieces ordered in 168 hours'},
    {'name': 'revenue_30d', 'calculation': 'sum(quantity * unit_price)', 'periods': 720, 'fill': 0,
        'description': 'Quantity times unit price, in 720 hours'},
    {'name': 'return_rate', 'calculation': 'cast(sum(returned_quantity) as ' ~ double() ~ ') / nullif(sum(quantity), 0)',
        'periods': 720, 'description': 'Pieces returned / pieces ordered, of the orders of 720 hours'},
    {'name': 'avg_rating', 'calculation': 'avg(rating)', 'periods': 720,
        'description': 'Mean of the ratings, 1 to 5, of the orders of 720 hours'},
    {'name': 'price_elasticity_score', 'periods': 720,
        'calculation': 'cast(count(*) * sum(cents * quantity) - sum(cents) * sum(quantity) as '
            ~ double() ~ ') / nullif(count(*) * sum(cents * cents) - sum(cents) * sum(cents), 0) * sum(cents) / nullif(sum(quantity), 0)',
        'description': 'Slope of quantity over price, by least squares over the line items of 720 hours, times mean price'
            ~ ' / mean quantity'},
] -%}
with line_items as (

    select
        *,
        cast(unit_price * 100 as bigint) as cents
    from {{ source('shop_events', 'line_items_log') }}

)

{{ entity_kit.grain_table(
    'hour', business_key='product_code', events='line_items', occurred_at='ordered_at', loaded_at='loaded_at',
    row_key='line_item_id', deleted_when='is_cancelled', measures=measures, trailing=trailing,
    history=ref('products_history'), attributes=['category', 'inventory_on_hand', 'list_price'],
    event_columns=['quantity', 'unit_price', 'cents', 'returned_quantity', 'rating', 'is_cancelled'],
    spine='sparse', overwrite_attributes=[]
) }}
