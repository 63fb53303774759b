{{ entity_kit.scd3_previous(ref('dim_customers'), ['city', 'segment']) }}
