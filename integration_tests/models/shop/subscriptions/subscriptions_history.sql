{{ entity_kit.scd2_history(
    source('shop_events', 'contracts_log'), business_key='contract_id', changed_at='changed_at', loaded_at='loaded_at',
    tracked_columns=['mrr'], overwrite_columns=['customer_id', 'product_line'], deleted_when='is_ended'
) }}
