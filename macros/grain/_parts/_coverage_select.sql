{#-
    The final select of a coverage query: what `entity_kit_coverage` says and, where `run_history` has one, how long
    the model's last full refresh took.
-#}
{%- macro _coverage_select() -%}
{%- set node = graph['nodes'].get('model.entity_kit.run_history') if execute else none -%}
{%- set runs = entity_kit._table_of(node) if node else none -%}
{%- if runs is none -%}
select *
from entity_kit_coverage
{%- else -%}
select entity_kit_coverage.*, full_refresh.full_refresh_s, full_refresh.full_refresh_at
from entity_kit_coverage
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
