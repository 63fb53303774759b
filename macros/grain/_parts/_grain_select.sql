{#- The final select of a grain table, of its rows with their keys. -#}
{%- macro _grain_select(spec) -%}
{%- set columns = entity_kit._canonical_columns(spec.business_key, spec.types) + [
    entity_kit._durable_key(spec.business_key, spec.types) ~ ' as durable_key',
    entity_kit._period_key(spec.business_key, spec.types) ~ ' as surrogate_key',
    'period_start',
    'period_end'
] + spec.measures | map(attribute='column') | list + spec.trailing | map(attribute='column') | list
    + spec.attributes + ['is_deleted', 'loaded_at']
    + (['history_loaded_at'] if spec.has_history else [])
    + ([entity_kit._period_start(spec.partitions.grain, 'period_start') ~ ' as ' ~ spec.partitions.column]
        if spec.in_partitions else []) -%}
{{ entity_kit._select('select', columns) }}
from built_rows
{%- endmacro -%}
