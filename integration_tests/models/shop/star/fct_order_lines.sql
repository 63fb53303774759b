{{ config(
    materialized='incremental',
    incremental_strategy={'spark': 'insert_overwrite', 'bigquery': 'merge'}.get(target.type, 'delete+insert'),
    unique_key='line_item_id',
    partition_by='customer_id' if target.type == 'spark' else none,
    on_schema_change='fail'
) }}

{#- A line is built again with all others of its customer. Lines never move to another customer. #}
{%- set lines = source('shop_events', 'line_items_log') %}
{%- set of_customers = [
    {'relation': lines, 'loaded_at': 'loaded_at'},
    {'relation': ref('customers_history'), 'loaded_at': 'loaded_at', 'watermark_column': 'customer_loaded_at'},
] %}
{%- set of_products = [
    {'relation': ref('products_history'), 'loaded_at': 'loaded_at', 'watermark_column': 'product_loaded_at'},
] %}

with touched as (

    select distinct customer_id
    from {{ lines }}
    where {{ entity_kit.touched_filter('customer_id', of_customers) }}
        or {{ entity_kit.touched_filter('product_code', of_products) }}

),

order_lines as (

    select
        line_item_id,
        order_id,
        customer_id,
        product_code,
        {{ entity_kit.generate_surrogate_key(['is_canceled', 'is_returned', 'rating_band']) }} as order_flags_key,
        {{ utc('ordered_at') }} as ordered_at,
        cast({{ utc('ordered_at') }} as date) as ordered_on,
        quantity,
        returned_quantity,
        amount,
        loaded_at
    from (
        select
            *,
            is_cancelled as is_canceled,
            returned_quantity > 0 as is_returned,
            case when rating >= 4 then 'good' when rating < 4 then 'poor' else 'none' end as rating_band,
            quantity * unit_price as amount,
            row_number() over (partition by line_item_id order by loaded_at desc, ordered_at, product_code) as version
        from {{ lines }}
        where customer_id in (select customer_id from touched)
    ) as versions
    where version = 1

),

with_customers as (

    {{ entity_kit.scd2_join(
        'order_lines', ref('customers_history'), on='customer_id', occurred_at='ordered_at',
        columns={'surrogate_key': 'customer_key', 'loaded_at': 'customer_loaded_at'}, before_first='first'
    ) | indent(4) }}

)

{{ entity_kit.scd2_join(
    'with_customers', ref('products_history'), on='product_code', occurred_at='ordered_at',
    columns={'surrogate_key': 'product_key', 'loaded_at': 'product_loaded_at'}, before_first='first'
) }}
