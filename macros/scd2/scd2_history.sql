{%- macro scd2_history(
    changes, business_key, changed_at, loaded_at, tracked_columns=none, overwrite_columns=[], deleted_when=none,
    sequence=none, hard_deletes='invalidate', feed='changes', lookback_interval=none, valid_to_current=none,
    extracted_at=none, model_config={}, buckets=32, partition_column=none
) -%}
{{ return(adapter.dispatch('scd2_history', 'entity_kit')(
    changes, business_key, changed_at, loaded_at, tracked_columns, overwrite_columns, deleted_when,
    sequence, hard_deletes, feed, lookback_interval, valid_to_current, extracted_at, model_config,
    buckets, partition_column
)) }}
{%- endmacro -%}

{#-
    All rows of the touched entities, in order; the last row of each instant; the first of equal neighbors. A full
    refresh and an incremental run differ only in which entities they read.
-#}
{%- macro default__scd2_history(
    changes, business_key, changed_at, loaded_at, tracked_columns, overwrite_columns, deleted_when,
    sequence, hard_deletes, feed, lookback_interval, valid_to_current, extracted_at, model_config,
    buckets, partition_column
) -%}
{%- set spec = entity_kit._scd2_spec(
    'scd2_history', changes, business_key, changed_at, loaded_at, tracked_columns, overwrite_columns, deleted_when,
    sequence, hard_deletes, feed, valid_to_current, extracted_at, model_config, buckets, partition_column
) -%}

{%- set ctes = (
        [entity_kit._scd2_extracts(spec, lookback_interval)] if spec.finds_absences
        else entity_kit._scd2_rows(spec, lookback_interval)
    ) + [
        entity_kit._scd2_in_order(spec),
        entity_kit._scd2_compared(spec),
        entity_kit._scd2_numbered(spec)
    ] -%}

{%- if spec.is_cte %}
select *
from (
{% endif -%}
with {{ ctes | join(',\n\n') }}

{{ entity_kit._scd2_select(spec) }}
{%- if spec.is_cte %}
) as versions
{%- endif %}
{%- endmacro -%}
