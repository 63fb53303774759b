{{ entity_kit.scd2_history(
    source('shop', 'products_extract'),
    business_key='product_code',
    changed_at='updated_at',
    loaded_at='extracted_at',
    feed='snapshots',
    valid_to_current='9999-12-31'
) }}
