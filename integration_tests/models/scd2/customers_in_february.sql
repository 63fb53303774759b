{{ entity_kit.scd2_as_of(ref('dim_customers'), '2024-02-01') }}
