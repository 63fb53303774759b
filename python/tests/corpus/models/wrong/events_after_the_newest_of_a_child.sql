-- depends_on: {{ ref('events_of_a_view') }}
{{ config(unique_key='event_id') }}

select event_id, user_id, page, seen_at
from {{ ref('known_events') }}
{% if is_incremental() %}
where seen_at > (select max(loaded_at) from {{ ref('events_of_a_view') }})
{% endif %}
