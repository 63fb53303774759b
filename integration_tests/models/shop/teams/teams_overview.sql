{{ config(materialized='view') }}

{#- A team with its parent (the customer), its children (the users), and its devices by location. #}
with users as (

    select
        team_id,
        count(*) as users,
        sum(minutes) as minutes
    from {{ ref('users_current') }}
    group by team_id

),

devices as (

    select
        team_id,
        count(*) as devices,
        count(distinct location) as locations
    from {{ ref('devices_current') }}
    where not is_deleted
    group by team_id

)

select
    teams.team_id,
    teams.customer_id,
    customers.full_name as customer_name,
    teams.team_size,
    coalesce(users.users, 0) as users,
    coalesce(users.minutes, 0) as minutes,
    coalesce(devices.devices, 0) as devices,
    coalesce(devices.locations, 0) as locations
from {{ ref('teams_current') }} as teams
left join {{ ref('customers_current') }} as customers on customers.customer_id = teams.customer_id
left join users on users.team_id = teams.team_id
left join devices on devices.team_id = teams.team_id
