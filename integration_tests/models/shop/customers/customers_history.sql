{{ entity_kit.scd2_history(
    source('shop', 'customers_log'), business_key='customer_id', changed_at='changed_at', loaded_at='loaded_at',
    tracked_columns=['city', 'segment', 'credit_limit'], overwrite_columns=['full_name', 'email'],
    deleted_when="operation = 'delete'", sequence='revision'
) }}
