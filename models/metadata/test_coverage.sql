{{ config(materialized='table', enabled=entity_kit._metadata_enabled('test_coverage')) }}
{{ entity_kit.test_coverage() }}
