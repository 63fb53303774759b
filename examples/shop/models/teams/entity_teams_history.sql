{{ entity_kit.scd2_history(
    ref('stg_shop_events__team_members_log'),
    business_key='team_id',
    changed_at='changed_at',
    loaded_at='loaded_at',
    tracked_columns=['customer_id', 'team_size']
) }}
