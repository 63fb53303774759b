{%- set measures = [
    {'name': 'units_sold', 'calculation': 'sum(quantity)', 'description': 'Pieces ordered', 'unit': 'pieces', 'fill': 0},
    {'name': 'revenue', 'calculation': 'sum(quantity * unit_price)', 'description': 'Quantity times unit price',
        'unit': 'EUR', 'fill': 0},
] -%}
{%- set trailing = [
    {'name': 'units_sold_30d', 'calculation': 'sum(quantity)', 'periods': 30, 'fill': 0,
        'description': 'Pieces ordered in 30 days'},
    {'name': 'units_sold_7d', 'calculation': 'sum(quantity)', 'periods': 7, 'fill': 0,
        'description': 'Pieces ordered in 7 days'},
    {'name': 'revenue_30d', 'calculation': 'sum(quantity * unit_price)', 'periods': 30, 'fill': 0,
        'description': 'Quantity times unit price, in 30 days'},
    {'name': 'variants_sold_30d', 'calculation': 'count(distinct variant)', 'periods': 30, 'fill': 0,
        'description': 'Variants of the product, its children, of which a piece was ordered in 30 days'},
    {'name': 'return_rate', 'calculation': 'cast(sum(returned_quantity) as ' ~ double() ~ ') / nullif(sum(quantity), 0)',
        'periods': 30, 'description': 'Pieces returned / pieces ordered, of the orders of 30 days'},
    {'name': 'avg_rating', 'calculation': 'avg(rating)', 'periods': 30,
        'description': 'Mean of the ratings, 1 to 5, of the orders of 30 days'},
    {'name': 'price_elasticity_score', 'periods': 30,
        'calculation': 'cast(count(*) * sum(cents * quantity) - sum(cents) * sum(quantity) as '
            ~ double() ~ ') / nullif(count(*) * sum(cents * cents) - sum(cents) * sum(cents), 0) * sum(cents) / nullif(sum(quantity), 0)',
        'description': 'Slope of quantity over price, by least squares over the line items of 30 days, times mean price'
            ~ ' / mean quantity: by how many per cent the quantity changes with 1% of price'},
] -%}
{#- In integer cents, because a sum of floats depends on the order of addition. #}
with line_items as (

    select
        *,
        cast(unit_price * 100 as bigint) as cents
    from {{ source('shop_events', 'line_items_log') }}

)

{{ entity_kit.grain_table(
    'day', business_key='product_code', events='line_items', occurred_at='ordered_at', loaded_at='loaded_at',
    row_key='line_item_id', deleted_when='is_cancelled', measures=measures, trailing=trailing,
    history=ref('products_history'), attributes=['category', 'inventory_on_hand', 'list_price'],
    event_columns=['quantity', 'unit_price', 'cents', 'returned_quantity', 'rating', 'variant', 'is_cancelled'],
    timezone='Europe/Berlin', overwrite_attributes=[]
) }}
