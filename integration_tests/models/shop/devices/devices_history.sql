{{ entity_kit.scd2_history(
    source('shop_events', 'devices_log'), business_key='device_id', changed_at='changed_at', loaded_at='loaded_at',
    tracked_columns=['location', 'team_id', 'firmware'], deleted_when='is_retired', hard_deletes='new_record'
) }}
