{#- Each line item with its product as of the order and as it is now. #}
with line_items as (

    select *
    from (
        select
            *,
            row_number() over (partition by line_item_id order by loaded_at desc, ordered_at, product_code) as version
        from {{ source('shop_events', 'line_items_log') }}
    ) as versions
    where version = 1

)

{{ entity_kit.one_big_table('line_items', [
    {'relation': ref('products_history'), 'on': 'product_code', 'as_of': 'ordered_at', 'prefix': 'product_',
        'columns': ['category', 'list_price']},
    {'relation': ref('products_current'), 'on': 'product_code', 'prefix': 'product_', 'columns': ['order_count']},
]) }}
