{{ entity_kit.scd2_history(
    source('shop', 'teams_log'),
    business_key='team_id',
    changed_at='changed_on',
    loaded_at='loaded_at',
    deleted_when='is_disbanded',
    sequence='change_number',
    hard_deletes='ignore'
) }}
