{{ config(materialized='view', enabled=entity_kit._metadata_enabled('model_performance')) }}
{{ entity_kit.model_performance(ref('run_history')) }}
