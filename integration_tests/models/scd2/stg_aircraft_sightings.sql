select
    flight_id,
    tail_number,
    carrier,
    case when is_cancelled then origin else dest end as airport,
    occurred_at,
    loaded_at
from {{ ref('stg_flights') }}
where tail_number is not null
