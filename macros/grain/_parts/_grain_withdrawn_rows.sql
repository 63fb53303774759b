{#-
    A select of an empty row for each withdrawn period, by which the model's hook knows it. Of whole partitions only those
    that have no rows need it: one that has some is replaced.
-#}
{%- macro _grain_withdrawn_rows(spec) -%}
{%- set nulls = ['null'] * (spec.measures + spec.trailing + spec.attributes) | length -%}
{%- set partition_grain = spec.partitions.grain -%}
{{ entity_kit._select('select', [
    spec.key_list, 'entity_kit_period', 'entity_kit_period'
] + nulls + ['true', 'null'] + (['null'] if spec.has_history else [])) }}
from withdrawn_periods
{%- if spec.in_partitions %}
where not exists (
    select 1
    from periods_to_build
    where {{ entity_kit._period_start(partition_grain, 'periods_to_build.entity_kit_period') }}
        = {{ entity_kit._period_start(partition_grain, 'withdrawn_periods.entity_kit_period') }}
)
{%- endif %}
{%- endmacro -%}
