{%- macro model_performance(history) -%}
{{ return(adapter.dispatch('model_performance', 'entity_kit')(history)) }}
{%- endmacro -%}

{%- macro default__model_performance(history) -%}
{%- set limits = entity_kit._performance_limits() -%}
with numbered as (
    select
        *,
        row_number() over (partition by unique_id order by started_at desc, invocation_id desc) as recency
    from {{ entity_kit._relation(history, 'model_performance', 'history') }}
    where status in ('success', 'error')
),

last_thirty as (
    select
        unique_id,
        max(case when recency = 1 then model_name end) as model_name,
        max(case when recency = 1 then resource_type end) as resource_type,
        max(case when recency = 1 then status end) as last_status,
        max(started_at) as last_run_at,
        count(*) as runs,
        avg(case when status = 'success' then seconds end) as average_seconds,
        max(case when status = 'success' then seconds end) as worst_seconds,
        avg(case when status = 'error' then 1.0 else 0.0 end) as failure_rate,
        avg(case when status = 'success' and recency <= 10 then seconds end) as recent_seconds,
        avg(case when status = 'success' and recency > 10 then seconds end) as earlier_seconds
    from numbered
    where recency <= 30
    group by unique_id
),

complexity as (
    {{ entity_kit._complexities() }}
)

select
    last_thirty.unique_id,
    last_thirty.model_name,
    last_thirty.resource_type,
    last_thirty.last_status,
    last_thirty.last_run_at,
    last_thirty.runs,
    last_thirty.average_seconds,
    last_thirty.worst_seconds,
    last_thirty.failure_rate,
    last_thirty.recent_seconds / nullif(last_thirty.earlier_seconds, 0) as trend,
    complexity.complexity,
    coalesce(last_thirty.average_seconds > {{ limits['seconds'] }}, false) as is_slow,
    last_thirty.failure_rate > {{ limits['failure_rate'] }} as is_failing,
    coalesce(complexity.complexity > {{ limits['complexity'] }}, false) as is_complex
from last_thirty
left join complexity
    on last_thirty.unique_id = complexity.unique_id
{%- endmacro -%}
