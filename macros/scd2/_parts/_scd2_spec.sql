{#-
    Check the arguments of `scd2_history`, and set the model's configs. Returns what `_scd2_log` does, and with it how
    the table is stored (`bucket`, `bucket_column`), what an open version ends with (`open_end`), and what deletions do:
    `has_deletions` (rows say or show them), `ignores_deletions`, `ends_by_deletion` (a deletion ends a version and is
    none itself) and `marks_deletions` (one that isn't ignored).
-#}
{%- macro _scd2_spec(
    name, changes, business_key, changed_at, loaded_at, tracked_columns, overwrite_columns, deleted_when,
    sequence, hard_deletes, feed, valid_to_current, extracted_at, model_config, buckets, partition_column
) -%}
{%- set own_names = [
    'durable_key', 'surrogate_key', 'hashdiff', 'valid_from', 'valid_to', 'is_current', 'is_deleted', 'loaded_at'
] -%}
{%- set own_ctes = [
    'touched', 'arrivals', 'extracts', 'distinct_extracts', 'extracted', 'seen', 'runs', 'missing', 'back', 'gone',
    'stated', 'in_order', 'compared', 'numbered', 'bounded'
] -%}
{%- do entity_kit._require(
    changes is not string or changes | lower not in own_ctes, name, 'changes', 'a CTE with another name', changes,
    'The macro uses a CTE with this name. Rename yours.'
) -%}
{%- set log = entity_kit._scd2_log(
    name, changes, business_key, changed_at, loaded_at, tracked_columns, overwrite_columns, deleted_when, sequence,
    own_names
) -%}
{%- do entity_kit._one_of(name, 'hard_deletes', hard_deletes, ['invalidate', 'new_record', 'ignore']) -%}
{%- do entity_kit._one_of(name, 'feed', feed, ['changes', 'snapshots']) -%}
{%- do entity_kit._require(
    extracted_at is none or feed == 'snapshots', name, 'extracted_at', 'omitted if `feed` is "changes"', extracted_at,
    'It is the time of a complete extract; rows of a change log have `changed_at`.'
) -%}
{%- set extract_time = none if extracted_at is none
    else entity_kit._column_names(name, 'extracted_at', extracted_at) | first -%}
{%- if extract_time is not none -%}
    {%- do entity_kit._scd2_known_columns(name, 'extracted_at', [extract_time], log.known or [extract_time], log.relation) -%}
{%- endif -%}
{%- set open_end = none if valid_to_current is none
    else entity_kit._scd2_open_end(name, valid_to_current, log.types.get('entity_kit_changed_at')) -%}
{%- set stored = entity_kit._unit_config(name, log, own_names, model_config, buckets, partition_column) -%}

{%- set finds_absences = feed == 'snapshots' and hard_deletes != 'ignore' -%}
{%- set has_deletions = log.deleted is not none or finds_absences -%}
{%- set spec = {
    'name': name,
    'narrowed': is_incremental(),
    'bucket': stored.bucket,
    'bucket_column': stored.column,
    'open_end': open_end,
    'extract_time': extract_time,
    'finds_absences': finds_absences,
    'has_deletions': has_deletions,
    'ignores_deletions': has_deletions and hard_deletes == 'ignore',
    'ends_by_deletion': has_deletions and hard_deletes == 'invalidate',
    'marks_deletions': has_deletions and hard_deletes != 'ignore',
} -%}
{%- do spec.update(log) -%}
{{ return(spec) }}
{%- endmacro -%}
