{{ entity_kit.scd2_history(
    source('shop', 'subscriptions_log'),
    business_key=['customer_id', 'product_code', 'add_on'],
    changed_at='changed_at',
    loaded_at='loaded_at',
    deleted_when='is_cancelled',
    hard_deletes='new_record'
) }}
