{{ config(unique_key='reading_id') }}

{% set latest = '2000-01-01' %}
{% if is_incremental() and execute %}
    {% set latest = run_query("select coalesce(max(loaded_in_tokyo), timestamp '2000-01-01') from " ~ this).columns[0][0] %}
{% endif %}

with bound as (

    select cast('{{ latest }}' as timestamp) as loaded_in_tokyo

)

select r.reading_id, r.degrees, r.loaded_at + interval 9 hour as loaded_in_tokyo
from {{ source('raw', 'readings') }} as r
cross join bound
where r.loaded_at > bound.loaded_in_tokyo
