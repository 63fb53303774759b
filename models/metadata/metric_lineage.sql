{{ config(materialized='table', enabled=entity_kit._metadata_enabled('metric_lineage', family='metric_governance')) }}
{{ entity_kit.metric_lineage() }}
