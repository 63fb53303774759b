{{ config(materialized='table') }}

{#- The third order arrives between two runs, when a variable says so. #}
select 1 as order_id, 'ada' as customer, 'new' as status, 10 as amount,
    timestamp '2024-01-01 08:00:00' as changed_at, timestamp '2024-01-01 09:00:00' as loaded_at
union all
select 2, null, 'paid', 20, timestamp '2024-01-02 08:00:00', timestamp '2024-01-02 09:00:00'
{%- if var('later', false) %}
union all
select 1, 'ada', 'paid', 15, timestamp '2024-01-03 08:00:00', timestamp '2024-01-03 09:00:00'
{%- endif %}
