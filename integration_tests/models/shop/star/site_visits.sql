{{ entity_kit.scd1_current(
    source('shop_events', 'site_visits_log'), business_key='visit_id', changed_at='loaded_at', loaded_at='loaded_at',
    tracked_columns=['customer_id', 'visited_at']
) }}
