{{ config(materialized='table', enabled=entity_kit._metadata_enabled('deprecated_models')) }}
{{ entity_kit.deprecated_models() }}
