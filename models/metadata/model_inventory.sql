{{ config(materialized='table', enabled=entity_kit._metadata_enabled('model_inventory')) }}
{{ entity_kit.model_inventory() }}
