{{ entity_kit.scd2_current(ref('subscriptions_history')) }}
