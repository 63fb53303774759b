{{ entity_kit.scd2_current(ref('dim_customers')) }}
