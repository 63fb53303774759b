{#- The body of the data test `no_late_rows_lost`. -#}
{%- macro late_rows_lost(
    model, source, keys, model_keys=none, loaded_at=none, watermark_column=none, lookback_interval=none,
    source_where=none
) -%}
{{ return(adapter.dispatch('late_rows_lost', 'entity_kit')(
    model, source, keys, model_keys, loaded_at, watermark_column, lookback_interval, source_where
)) }}
{%- endmacro -%}

{%- macro default__late_rows_lost(
    model, source, keys, model_keys, loaded_at, watermark_column, lookback_interval, source_where
) -%}
{%- set name = 'no_late_rows_lost' -%}
{%- set keys = entity_kit._list(name, 'keys', keys) -%}
{%- set model_keys = entity_kit._list(name, 'model_keys', keys if model_keys is none else model_keys) -%}
{%- do entity_kit._require(
    model_keys | length == keys | length, name, 'model_keys', 'as many as `keys`, in the same order', model_keys,
    'Name the model\'s columns that correspond to ' ~ keys | join(', ') ~ '.'
) -%}
{%- do entity_kit._require(
    loaded_at is not none or (watermark_column is none and lookback_interval is none),
    name, 'loaded_at', 'set if `watermark_column` or `lookback_interval` is', loaded_at,
    'Name the source\'s column that says when a row arrived.'
) -%}
{%- set source_keys = namespace(all=[]) -%}
{%- set kept_keys = namespace(all=[]) -%}
{%- for key in keys -%}
    {%- set source_keys.all = source_keys.all + [entity_kit._qualified('entity_kit_source', key)] -%}
    {%- set kept_keys.all = kept_keys.all + [entity_kit._qualified('entity_kit_model', model_keys[loop.index0])] -%}
{%- endfor -%}
{%- set in_model = entity_kit._matches_any(
    source_keys.all, [{'keys': kept_keys.all, 'from': 'model_rows as entity_kit_model'}]
) -%}
{%- if source_where is not none -%}
    {%- do entity_kit._string(
        name, 'source_where', source_where, 'a condition on the source\'s rows', 'order_id > 0'
    ) -%}
{%- endif -%}
{%- set arrived = none -%}
{%- set consumed = none -%}
{%- if loaded_at is not none -%}
    {%- set arrived = entity_kit._qualified(
        'entity_kit_source', entity_kit._string(name, 'loaded_at', loaded_at)
    ) -%}
    {%- set column = entity_kit._watermark_column(watermark_column, loaded_at, 'the model', none, name) -%}
    {%- set consumed = entity_kit._minus_interval(
        'max(' ~ entity_kit._qualified('entity_kit_target', column) ~ ')', lookback_interval, name, 'lookback_interval'
    ) -%}
{%- endif -%}
{#- With a `where` in the test's config, dbt passes a subquery that already has an alias. -#}
with model_rows as (
    select *
    from {{ model }}
)

select
    entity_kit_source.*,
{%- if loaded_at is none %}
    'no row of the model has its key' as failure_reason
{%- else %}
    case
        when {{ arrived }} is null then 'its loaded time is null, so no incremental run reads it'
        else 'it arrived before the watermark, but no row of the model has its key'
    end as failure_reason
{%- endif %}
from {{ entity_kit._relation(source, name, 'source') }} as entity_kit_source
where not {{ in_model }}
{%- if loaded_at is not none %}
    and (
        {{ arrived }} < (select {{ consumed }} from model_rows as entity_kit_target)
        or {{ arrived }} is null
    )
{%- endif %}
{%- if source_where is not none %}
    and ({{ source_where }})
{%- endif %}
{%- endmacro -%}
