{#- The final select of a history: the rows that begin a version. -#}
{%- macro _scd2_select(spec) -%}
{%- set values = namespace(all=[]) -%}
{%- for column in spec.columns -%}
    {%- set values.all = values.all + [
        'entity_kit_latest_' ~ loop.index ~ ' as ' ~ column if column in spec.overwrite else column
    ] -%}
{%- endfor -%}
{%- set surrogate_key = entity_kit._hash(
    entity_kit._csv_line(spec.business_key + ['entity_kit_changed_at'], spec.types)
) -%}
{%- set columns = spec.business_key + values.all + [
    entity_kit._durable_key(spec.business_key, spec.types) ~ ' as durable_key',
    surrogate_key ~ ' as surrogate_key',
    'entity_kit_hashdiff as hashdiff',
    'entity_kit_changed_at as valid_from',
    ('entity_kit_ends' if spec.open_end is none else 'coalesce(entity_kit_ends, ' ~ spec.open_end ~ ')') ~ ' as valid_to',
    '(entity_kit_ends is null' ~ (' and entity_kit_deletes = 0' if spec.marks_deletions else '') ~ ') as is_current',
    ('(entity_kit_deletes = 1)' if spec.marks_deletions else 'false') ~ ' as is_deleted',
    'entity_kit_consumed as loaded_at'
] + ([spec.bucket ~ ' as ' ~ spec.bucket_column] if spec.bucket is not none else []) -%}
{{ entity_kit._select('select', columns) }}
from bounded
where entity_kit_begins = 1
{%- if spec.ends_by_deletion %}
    -- A deletion is a version only of an entity that never lived: nothing comes before it, and nothing after.
    and (entity_kit_deletes = 0 or (entity_kit_version = 0 and entity_kit_ends is null))
{%- endif %}
{%- endmacro -%}
