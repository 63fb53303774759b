{{ config(incremental_strategy='merge' if target.type == 'bigquery' else 'append') }}

{#-
    Append-only: a row is written when its flight is first seen, and never again. So it can have only what never
    changes, and no loaded time, because a restated flight has a new one. Without a loaded time there is no watermark
    either; the table itself shows what it has seen.
#}
select
    flight_id,
    flight_date,
    occurred_at,
    carrier,
    flight_number,
    origin,
    dest
from {{ ref('stg_flights') }} as flights
{%- if is_incremental() %}
where not exists (select 1 from {{ this }} as seen where seen.flight_id = flights.flight_id)
{%- endif %}
