-- depends_on: {{ ref('known_events') }}
{{ config(unique_key='payment_id') }}

select payment_id, amount, loaded_at
from {{ source('raw', 'payments') }}
{% if is_incremental() %}
where loaded_at > (select coalesce(max(seen_at), '-infinity') from {{ ref('known_events') }})
{% endif %}
