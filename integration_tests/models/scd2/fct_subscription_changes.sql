{{ config(
    materialized='incremental',
    incremental_strategy={'spark': 'insert_overwrite', 'bigquery': 'merge'}.get(target.type, 'delete+insert'),
    unique_key='change_key',
    partition_by='customer_id' if target.type == 'spark' else none,
    on_schema_change='fail'
) }}

{#- A change to a customer touches all facts of that customer, however old. #}
{%- set upstreams = [
    {
        'relation': source('shop', 'subscriptions_log'),
        'loaded_at': 'loaded_at',
    },
    {
        'relation': ref('dim_customers'),
        'loaded_at': 'loaded_at',
        'watermark_column': 'customer_loaded_at',
    },
] %}

with changes as (

    select
        {{ entity_kit.hashdiff([
            'customer_id', 'product_code', 'add_on', 'plan', 'seats', 'is_cancelled', utc('changed_at')
        ]) }} as change_key,
        customer_id,
        product_code,
        add_on,
        plan,
        seats,
        monthly_price,
        {{ utc('changed_at') }} as occurred_at,
        max(loaded_at) as loaded_at
    from {{ source('shop', 'subscriptions_log') }}
    where {{ entity_kit.touched_filter('customer_id', upstreams) }}
    group by customer_id, product_code, add_on, plan, seats, monthly_price, is_cancelled, changed_at

)

{{ entity_kit.scd2_join(
    'changes',
    ref('dim_customers'),
    on='customer_id',
    occurred_at='occurred_at',
    columns={'surrogate_key': 'customer_key', 'segment': 'segment', 'loaded_at': 'customer_loaded_at'}
) }}
