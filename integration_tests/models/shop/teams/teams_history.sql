{{ entity_kit.scd2_history(
    source('shop_events', 'team_members_log'), business_key='team_id', changed_at='changed_at', loaded_at='loaded_at',
    tracked_columns=['customer_id', 'team_size']
) }}
