{{ config(materialized='view') }}

with scores as (

    select
        team_id,
        period_start,
        customer_id,
        team_size,
        {#- `least` ignores NULL, so without a size it would be 1. #}
        case when team_size > 0 then least(cast(active_users_28d as {{ double() }}) / team_size, 1) end as active_user_percentage,
        cast(features_28d as {{ double() }}) / 5 as feature_adoption_score,
        coalesce(collaboration_index, 0) as collaboration_index
    from {{ ref('teams_daily') }}

)

select
    *,
    (active_user_percentage + feature_adoption_score + collaboration_index) / 3 as team_health_score
from scores
