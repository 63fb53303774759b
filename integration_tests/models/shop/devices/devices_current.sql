{{ entity_kit.scd2_current(ref('devices_history')) }}
