{{ config(materialized='table', enabled=entity_kit._metadata_enabled('model_dependencies')) }}
{{ entity_kit.model_dependencies() }}
