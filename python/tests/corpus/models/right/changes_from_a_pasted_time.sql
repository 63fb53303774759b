{{ config(unique_key='change_id', incremental_strategy='merge') }}

{% if is_incremental() and execute %}
    {% set last = run_query("select coalesce(max(loaded_at), timestamp '2000-01-01') from " ~ this).columns[0][0] %}
{% endif %}

select change_id, ticket_id, operation, loaded_at
from {{ source('raw', 'ticket_changes') }}
{% if is_incremental() %}
where loaded_at between '{{ last }}'::timestamp - interval 1 day and '9999-12-31'
{% endif %}
