{{ entity_kit.entity_model(
    ref('stg_shop_events__team_members_log'),
    business_key='team_id',
    loaded_at='loaded_at',
    updated_at='changed_at',
    attributes=['customer_id', 'team_size'],
    row_key=['team_id', 'changed_at'],
    metrics=[
        {
            'name': 'largest_size',
            'calculation': 'max(team_size)',
            'description': 'The most members that it ever had',
        },
        {'name': 'changes', 'calculation': 'count(*)', 'description': 'How often its size or customer was set'},
    ]
) }}
