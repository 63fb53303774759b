{{ config(materialized='view') }}

-- Flags that have nothing in common but the order line: one row per combination, and one key instead of three columns.
with flags as (

    select true as is_set
    union all
    select false as is_set

),

rating_bands as (

    select 'good' as rating_band
    union all
    select 'poor' as rating_band
    union all
    select 'none' as rating_band

),

combinations as (

    select
        canceled.is_set as is_canceled,
        returned.is_set as is_returned,
        rating_bands.rating_band
    from flags as canceled
    cross join flags as returned
    cross join rating_bands

)

select
    {{ entity_kit.generate_surrogate_key(['is_canceled', 'is_returned', 'rating_band']) }} as order_flags_key,
    is_canceled,
    is_returned,
    rating_band
from combinations
