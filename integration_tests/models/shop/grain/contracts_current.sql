{{ entity_kit.scd2_current(ref('contracts_history')) }}
