{{ entity_kit.entity_model(
    source('raw', 'customers'),
    business_key='customer_id',
    loaded_at='loaded_at',
    updated_at='loaded_at',
    attributes=['name', 'segment'],
) }}
