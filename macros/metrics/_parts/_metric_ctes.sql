{#- The CTEs of a metric table, up to `entity_kit_built`, which has its rows. Without a spec, as while dbt parses, none. -#}
{%- macro _metric_ctes(spec) -%}
{%- if spec is none -%}
    {{ return(['entity_kit_built as (select 1 as nothing)']) }}
{%- endif -%}
{{ return(
    entity_kit._metric_sources(spec)
    + entity_kit._metric_spine_periods(spec)
    + ([entity_kit._metric_touched(spec)] if spec.narrowed else [])
    + entity_kit._metric_measures(spec)
    + entity_kit._metric_spined(spec)
    + [entity_kit._metric_combined(spec)]
    + entity_kit._metric_derived(spec)
    + [entity_kit._metric_rows(spec)]
) }}
{%- endmacro -%}
