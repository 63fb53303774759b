{{ config(unique_key='event_id') }}

with views as (

    select
        event_id,
        user_id,
        lead(occurred_at) over (partition by user_id order by occurred_at, event_id) - occurred_at as until_next,
        loaded_at
    from {{ source('raw', 'events') }}

)

select * from views
{% if is_incremental() %}
where views.loaded_at >= (select coalesce(max(loaded_at), '-infinity') from {{ this }})
{% endif %}
