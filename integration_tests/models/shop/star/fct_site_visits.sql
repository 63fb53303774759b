{{ config(materialized='view') }}

-- A factless fact: that it happened, to whom, and when is all there is to say. Count its rows.
with visits as (

    select
        visit_id,
        customer_id,
        {{ utc('visited_at') }} as visited_at,
        cast({{ utc('visited_at') }} as date) as visited_on
    from {{ ref('site_visits') }}

)

{{ entity_kit.scd2_join(
    'visits', ref('customers_history'), on='customer_id', occurred_at='visited_at', columns={'surrogate_key': 'customer_key'},
    before_first='first'
) }}
