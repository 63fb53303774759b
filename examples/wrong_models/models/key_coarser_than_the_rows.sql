{#- The mistake: one row per user and day, but the unique key is the user alone. Each run deletes all
    of a user's earlier days before it inserts the new one.
    A second mistake is hidden behind it: the cutoff is the latest activity seen, so rows that arrive out
    of order are never read, and a day that had begun is replaced by its second half. -#}
{{ config(unique_key='user_id') }}

select
    user_id,
    activity_day,
    count(*) as activities,
    max(activity_timestamp) as last_activity
from {{ ref('user_activity') }}
{% if is_incremental() %}
where activity_timestamp > (select max(last_activity) from {{ this }})
{% endif %}
group by user_id, activity_day
