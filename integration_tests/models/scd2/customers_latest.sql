{{ entity_kit.scd1_current(
    source('shop', 'customers_log'),
    business_key='customer_id',
    changed_at='changed_at',
    loaded_at='loaded_at',
    deleted_when="operation = 'delete'",
    sequence='revision'
) }}
