{#-
    The rows of the touched periods that have none: one for each, which ends where it starts. It takes the place of what
    the table had, and the model's hook removes it.
-#}
{%- macro _metric_withdrawn(spec) -%}
{%- set audits = namespace(count=0 if spec.spine_periods is none else 1) -%}
{%- for source in spec.sources -%}
    {%- set audits.count = audits.count + entity_kit._metric_audits(source) | length -%}
{%- endfor -%}
{%- set nulls = ['null'] * (spec.columns | length + spec.plans | length + audits.count) -%}
union all
select entity_kit_period, entity_kit_period, {{ nulls | join(', ') }}
from entity_kit_touched
where not exists (
    select 1
    from entity_kit_built
    where entity_kit_built.period_start = entity_kit_touched.entity_kit_period
)
{%- endmacro -%}
