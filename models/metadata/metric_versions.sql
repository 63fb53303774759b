{{ config(enabled=entity_kit._metadata_enabled('metric_versions', ['metric_definitions'], 'metric_governance')) }}
{{ entity_kit.metric_versions() }}
