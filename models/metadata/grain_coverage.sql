{{ config(materialized='table', enabled=entity_kit._metadata_enabled('grain_coverage')) }}
{{ entity_kit.project_grain_coverage() }}
