{{ entity_kit.scd1_current(
    source('raw', 'payments'),
    business_key='payment_id',
    changed_at='paid_at',
    loaded_at='loaded_at',
) }}
