{{ config(materialized='view') }}

select * from {{ ref('order_history') }}
