select
    faa as airport,
    name as airport_name,
    tzone as timezone
from {{ source('raw', 'airports') }}
