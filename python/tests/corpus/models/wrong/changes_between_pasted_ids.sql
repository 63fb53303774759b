{{ config(unique_key='change_id', incremental_strategy='merge') }}

{% if is_incremental() and execute %}
    {% set first = run_query('select coalesce(max(change_id), -1) + 1 from ' ~ this).columns[0][0] %}
    {% set last = run_query('select max(change_id) from ' ~ source('raw', 'ticket_changes')).columns[0][0] %}
{% endif %}

with changes as (

    select change_id, ticket_id, operation
    from {{ source('raw', 'ticket_changes') }}
    {% if is_incremental() and last is not none %}
    where change_id between {{ first }} and {{ last }}
    {% endif %}

)

select * from changes
