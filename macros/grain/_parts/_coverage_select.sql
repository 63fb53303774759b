{#-
    The final select of a coverage query: what `entity_kit_coverage` says; where `run_history` has one, how long the model's
    last full refresh took; and how many of the periods to build are in the range of a `backfill`.
-#}
{%- macro _coverage_select(backfill=none) -%}
{%- set node = graph['nodes'].get('model.entity_kit.run_history') if execute else none -%}
{%- set runs = entity_kit._table_of(node) if node else none -%}
select entity_kit_coverage.*
{{- ', full_refresh.full_refresh_s, full_refresh.full_refresh_at' if runs is not none }}
{{- ', backfill.range_units, backfill.all_units' if backfill is not none }}
from entity_kit_coverage
{%- if backfill is not none %}
cross join (
    select
        count(case
            when entity_kit_period >= {{ backfill.first }} and entity_kit_period <= {{ backfill.last }} then 1
        end) as range_units,
        count(*) as all_units
    from periods_to_build
) as backfill
{%- endif %}
{%- if runs is not none %}
left join (
    select seconds as full_refresh_s, started_at as full_refresh_at
    from {{ runs }}
    where unique_id = {{ entity_kit._text_literal(model.unique_id) }}
        and target_name = {{ entity_kit._text_literal(target.name) }}
        and status = 'success'
        and is_full_refresh
    order by started_at desc
    limit 1
) as full_refresh
    on 1 = 1
{%- endif -%}
{%- endmacro -%}
