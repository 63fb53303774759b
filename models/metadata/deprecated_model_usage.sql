{{ config(materialized='table', enabled=entity_kit._metadata_enabled('deprecated_model_usage')) }}
{{ entity_kit.deprecated_model_usage() }}
