{{ config(materialized='table', enabled=entity_kit._metadata_enabled('metric_definitions', family='metric_governance')) }}
{{ entity_kit.metric_definitions(ref('metric_versions')) }}
