{%- macro grain_table(
    grain, business_key, events, occurred_at, loaded_at, measures=[], trailing=[], row_key=none, deleted_when=none,
    history=none, attributes=[], spine='dense', reach='occurred', timezone='UTC', lookback_interval=none,
    updated_at=none, occurred_from=none, occurred_to=none, max_periods=100000, overwrite_attributes=none,
    model_config={}, partition_grain=none, partition_column=none, event_columns=none
) -%}
{{ return(adapter.dispatch('grain_table', 'entity_kit')(
    grain, business_key, events, occurred_at, loaded_at, measures, trailing, row_key, deleted_when,
    history, attributes, spine, reach, timezone, lookback_interval,
    updated_at, occurred_from, occurred_to, max_periods, overwrite_attributes, model_config,
    partition_grain, partition_column, event_columns
)) }}
{%- endmacro -%}

{#-
    Which periods are built (`periods_to_build`) comes first, and all that follows reads them. A full refresh and an
    incremental run differ in that alone: the latter keeps the periods that `touched_ranges` or the growth of the spine
    names.

    All times become periods early, and are compared as periods. So a clock that is put back at midnight, and shows a
    date's last hour twice, neither splits a day nor gives two versions at its end.
-#}
{%- macro default__grain_table(
    grain, business_key, events, occurred_at, loaded_at, measures, trailing, row_key, deleted_when,
    history, attributes, spine, reach, timezone, lookback_interval,
    updated_at, occurred_from, occurred_to, max_periods, overwrite_attributes, model_config,
    partition_grain, partition_column, event_columns
) -%}
{%- set spec = entity_kit._grain_spec(
    'grain_table', grain, business_key, events, occurred_at, loaded_at, measures, trailing, row_key, deleted_when,
    history, attributes, spine, reach, timezone, lookback_interval,
    updated_at, occurred_from, occurred_to, max_periods, overwrite_attributes, model_config,
    partition_grain, partition_column, event_columns
) -%}
{%- do entity_kit._grain_config(spec, model_config) -%}

{%- set numbers = entity_kit._numbers([spec.max_periods, spec.widest] | max)
    if spec.is_dense or spec.widths else '' -%}
{%- set ctes = ([numbers] if numbers else [])
    + [entity_kit._grain_events(spec)]
    + ([entity_kit._grain_history(spec)] if spec.has_history else [])
    + entity_kit._grain_periods(spec) -%}
{%- if spec.shows_coverage -%}
    {%- set ctes = ctes + [entity_kit._grain_coverage_ctes(spec)] -%}
    {%- set final_select = entity_kit._coverage_select(spec.backfill) -%}
{%- else -%}
    {%- set ctes = ctes + [
        entity_kit._grain_versions(spec),
        entity_kit._grain_measures(spec),
        entity_kit._grain_rows(spec)
    ] -%}
    {%- set final_select = entity_kit._grain_select(spec) -%}
{%- endif -%}

{{ entity_kit._model_query(spec, ctes, final_select) }}
{%- endmacro -%}
