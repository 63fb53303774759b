{{ entity_kit.scd2_history(
    source('shop', 'customers_log'),
    business_key='customer_id',
    changed_at='changed_at',
    loaded_at='loaded_at',
    overwrite_columns='email',
    deleted_when="operation = 'delete'",
    sequence='revision'
) }}
