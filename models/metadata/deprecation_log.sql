{{ config(enabled=entity_kit._metadata_enabled('deprecation_log')) }}
{{ entity_kit.deprecation_log() }}
