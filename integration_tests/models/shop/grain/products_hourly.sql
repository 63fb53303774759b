{%- set measures = [
    {'name': 'units_sold', 'calculation': 'sum(quantity)', 'description': 'Pieces ordered', 'unit': 'pieces', 'fill': 0},
    {'name': 'revenue', 'calculation': 'sum(quantity * unit_price)', 'description': 'Quantity times unit price',
        'unit': 'EUR', 'fill': 0},
] -%}
with line_items as (

    select
        *,
        cast(unit_price * 100 as bigint) as cents
    from {{ source('shop_events', 'line_items_log') }}

)

{{ entity_kit.grain_table(
    'hour', business_key='product_code', events='line_items', occurred_at='ordered_at', loaded_at='loaded_at',
    row_key='line_item_id', deleted_when='is_cancelled', measures=measures,
    history=ref('product_stock_history'), attributes=['category', 'inventory_on_hand', 'list_price'], spine='sparse',
    overwrite_attributes=[]
) }}
