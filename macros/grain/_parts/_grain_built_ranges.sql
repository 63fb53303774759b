{#-
    The CTE of what the table has of each entity: its first and last period, and of these the first and the last in which
    a row of events counts, which the audit column shows.
-#}
{%- macro _grain_built_ranges(spec) -%}
built_ranges as (
    select
        {{ spec.key_list }},
        min(period_start) as first_period,
        max(period_start) as last_period,
        min(case when loaded_at is not null then period_start end) as first_recorded,
        max(case when loaded_at is not null then period_start end) as last_recorded
    from {{ this }}
    group by {{ spec.key_list }}
)
{%- endmacro -%}
