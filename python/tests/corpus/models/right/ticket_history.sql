{{ entity_kit.scd2_history(
    source('raw', 'ticket_changes'),
    business_key='ticket_id',
    changed_at='changed_at',
    loaded_at='loaded_at',
    tracked_columns=['operation', 'agent'],
    deleted_when="operation = 'withdrawn'",
) }}
