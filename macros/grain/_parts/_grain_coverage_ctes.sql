{#- The CTEs of how far a table as it stands covers the periods that a full refresh would build, for `entity-kit coverage`. -#}
{%- macro _grain_coverage_ctes(spec) -%}
{%- set covered = entity_kit.grain_coverage(
    'entity_kit_built', spec.business_key, spec.grain, 'periods_to_build', 'entity_kit_period'
) -%}
entity_kit_built as (
    {{ entity_kit._built_periods(spec.business_key, 'periods_to_build', 'entity_kit_period') | indent(4) }}
),

entity_kit_coverage as (
    {{ covered | indent(4) }}
)
{%- endmacro -%}
