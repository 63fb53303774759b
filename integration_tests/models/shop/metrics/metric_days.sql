{{ config(materialized='table') }}

{{ entity_kit.period_spine('day', "timestamp '2022-01-01'", "timestamp '2024-04-01'") }}
