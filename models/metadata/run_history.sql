{{ config(enabled=entity_kit._metadata_enabled('run_history', needed_by=['model_performance'])) }}
{{ entity_kit.run_history() }}
